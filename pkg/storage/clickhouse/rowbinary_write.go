package clickhouse

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// rowWriter writes rows in the format RowBinary: values one behind the other in the order of the columns, with nothing between.
type rowWriter struct{ bytes []byte }

func (w *rowWriter) uint8(v uint8)   { w.bytes = append(w.bytes, v) }
func (w *rowWriter) int32(v int32)   { w.bytes = binary.LittleEndian.AppendUint32(w.bytes, uint32(v)) }
func (w *rowWriter) uint32(v uint32) { w.bytes = binary.LittleEndian.AppendUint32(w.bytes, v) }
func (w *rowWriter) int64(v int64)   { w.bytes = binary.LittleEndian.AppendUint64(w.bytes, uint64(v)) }
func (w *rowWriter) uint64(v uint64) { w.bytes = binary.LittleEndian.AppendUint64(w.bytes, v) }

func (w *rowWriter) bool(v bool) {
	var b uint8
	if v {
		b = 1
	}
	w.uint8(b)
}

// float writes 0 for what no text of a number is of.
func (w *rowWriter) float(v float64) { w.uint64(math.Float64bits(recording.Finite(v))) }

func (w *rowWriter) floatOrNull(v *float64) {
	if v == nil || recording.Finite(*v) != *v {
		w.uint8(1)
		return
	}
	w.uint8(0)
	w.float(*v)
}

func (w *rowWriter) intOrNull(v *int) {
	if v == nil {
		w.uint8(1)
		return
	}
	w.uint8(0)
	w.int64(int64(*v))
}

// length is what strings and arrays begin with.
func (w *rowWriter) length(n int) { w.bytes = binary.AppendUvarint(w.bytes, uint64(n)) }

// string writes bytes as they are.
func (w *rowWriter) string(text string) {
	w.length(len(text))
	w.bytes = append(w.bytes, text...)
}

func (w *rowWriter) content(content []byte) {
	w.length(len(content))
	w.bytes = append(w.bytes, content...)
}

// text writes what can be text of every store.
func (w *rowWriter) text(text string) { w.string(recording.AsText(text)) }

func (w *rowWriter) texts(list []string) {
	w.length(len(list))
	for _, text := range list {
		w.text(text)
	}
}

// names and lists write values as two columns, in the order of the names.
func (w *rowWriter) names(sorted []string) { w.texts(sorted) }

func (w *rowWriter) lists(sorted []string, values recording.Values) {
	w.length(len(sorted))
	for _, name := range sorted {
		w.texts(values[name])
	}
}

func sortedNames(values recording.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
