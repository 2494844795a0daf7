package clickhouse

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// written returns the columns of a page or of the whole as a server answers them.
func written(r recording.Recording, whole bool) []byte {
	var w rowWriter
	of := row{&r, batch{1, 2}}
	for _, c := range readColumns(whole) {
		c.write(&w, &of)
	}
	return w.bytes
}

func read(content io.Reader, whole bool) (recording.Recording, error) {
	from := newRowReader(content)
	var r recording.Recording
	for _, c := range readColumns(whole) {
		c.read(from, &r)
	}
	return r, from.err
}

func TestRowsComeBack(t *testing.T) {
	want := apitest.Whole()
	got, err := read(iotest.OneByteReader(bytes.NewReader(written(want, true))), true)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestARowThatIsCutOffIsAnError(t *testing.T) {
	whole := written(apitest.Whole(), true)
	for n := range whole {
		if _, err := read(bytes.NewReader(whole[:n]), true); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestALengthThatIsNotTrueTakesNoMemory(t *testing.T) {
	for name, content := range map[string][]byte{
		"a string": {0xff, 0xff, 0xff, 0xff, 0x03, 'a'},
		"endless":  {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
		"no end":   bytes.Repeat([]byte{0xff}, 20),
	} {
		if allocated := testing.AllocsPerRun(1, func() {
			r := newRowReader(bytes.NewReader(content))
			if got := r.string(); got != "" || r.err == nil {
				t.Errorf("%s: %q, %v", name, got, r.err)
			}
		}); allocated > 20 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add(written(apitest.Whole(), true))
	f.Add(written(apitest.Simple(apitest.Noon, 1), true))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := read(bytes.NewReader(content), true)
		if err != nil {
			return
		}
		// What was read is written, and read as the same.
		again, err := read(bytes.NewReader(written(got, true)), true)
		if err != nil {
			t.Fatalf("%+v cannot be read again: %v", got, err)
		}
		if len(again.Messages) != len(got.Messages) || len(again.Headers) > len(got.Headers) || !bytes.Equal(again.Body.Content, got.Body.Content) {
			t.Errorf("%+v became %+v", got, again)
		}
	})
}
