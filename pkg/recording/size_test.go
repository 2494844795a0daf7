package recording

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// holder is a place in a recording that holds memory outside it, and how much of it fill adds there.
type holder struct {
	path string
	fill func(*Recording)
	adds int64
}

const filled = 1000

// holders returns all places of a type, which reach leads to, making what is on the way.
func holders(t *testing.T, path string, of reflect.Type, reach func(*Recording) reflect.Value) (found []holder) {
	t.Helper()
	add := func(adds int64, fill func(reflect.Value)) {
		found = append(found, holder{path, func(r *Recording) { fill(reach(r)) }, adds})
	}
	switch of {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[uuid.UUID]():
		return nil // They hold nothing of their own.
	case reflect.TypeFor[[]byte]():
		add(filled, func(v reflect.Value) { v.SetBytes(make([]byte, filled)) })
		return found
	}
	switch of.Kind() {
	case reflect.Bool, reflect.Uint8, reflect.Int, reflect.Int64, reflect.Float64:
	case reflect.String:
		add(filled, func(v reflect.Value) { v.SetString(strings.Repeat("x", filled)) })
	case reflect.Pointer:
		add(int64(of.Elem().Size()), func(v reflect.Value) { v.Set(reflect.New(of.Elem())) })
	case reflect.Struct:
		for i := range of.NumField() {
			field := of.Field(i)
			found = append(found, holders(t, path+"."+field.Name, field.Type, func(r *Recording) reflect.Value { return reach(r).Field(i) })...)
		}
	case reflect.Slice:
		add(filled*int64(of.Elem().Size()), func(v reflect.Value) { v.Set(reflect.MakeSlice(of, 0, filled)) })
		found = append(found, holders(t, path+"[]", of.Elem(), func(r *Recording) reflect.Value {
			v := reach(r)
			v.Set(reflect.MakeSlice(of, 1, 1))
			return v.Index(0)
		})...)
	case reflect.Map:
		if of != reflect.TypeFor[Values]() {
			t.Fatalf("%s is a %s: teach Recording.Size and this test what it holds", path, of)
		}
		add(2*filled, func(v reflect.Value) {
			v.Set(reflect.ValueOf(Values{strings.Repeat("x", filled): {strings.Repeat("x", filled)}}))
		})
	default:
		t.Fatalf("%s is a %s: teach Recording.Size and this test what it holds", path, of)
	}
	return found
}

// A field that is added to recordings and not to their size fails here.
func TestTheSizeOfARecordingCountsAllThatItHolds(t *testing.T) {
	empty := (&Recording{}).Size()
	places := holders(t, "Recording", reflect.TypeFor[Recording](), func(r *Recording) reflect.Value { return reflect.ValueOf(r).Elem() })
	if len(places) < 30 {
		t.Fatalf("only %d places were found", len(places))
	}
	for _, place := range places {
		var r Recording
		place.fill(&r)
		if got := r.Size() - empty; got < place.adds {
			t.Errorf("%s holds %d bytes, of which Size counts %d", place.path, place.adds, got)
		}
	}
}

func sized() *Recording {
	r := &Recording{
		Path: "/users/42", Method: "GET", Headers: Values{}, ResponseHeaders: Values{}, Faults: []Fault{{Kind: "latency", Detail: "8ms"}},
		ResponseBody: Body{Content: make([]byte, 1000)},
	}
	for i := range 12 {
		r.Headers[fmt.Sprintf("X-Header-%d", i)], r.ResponseHeaders[fmt.Sprintf("X-Answer-%d", i)] = []string{"value"}, []string{"value"}
	}
	return r
}

func TestTheSizeOfARecordingAllocatesNothing(t *testing.T) {
	r := sized()
	if n := testing.AllocsPerRun(100, func() { r.Size() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSize(b *testing.B) {
	r := sized()
	b.ReportAllocs()
	for b.Loop() {
		r.Size()
	}
}
