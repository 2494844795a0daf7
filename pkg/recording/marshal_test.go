package recording

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever a recording has, Marshal gives what json.Marshal gives, and Unmarshal reads what json.Unmarshal reads.
func TestMarshalGivesWhatJSONGives(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- the same each time
	for range 200 {
		var r Recording
		fill(reflect.ValueOf(&r).Elem(), random)
		want, err := json.Marshal(&r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Marshal(&r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(anyOf(t, want), anyOf(t, got)); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		var read Recording
		if err := json.Unmarshal(want, &read); err != nil {
			t.Fatal(err)
		}
		if again, err := Unmarshal(got); err != nil || !reflect.DeepEqual(again, read) {
			t.Fatalf("%v (-want +got):\n%s", err, cmp.Diff(read, again))
		}
	}
}

func TestUnmarshalRefusesWhatIsNoRecording(t *testing.T) {
	for _, wrong := range []string{
		"", "1", "{", `{"body":1}`, `{"body":{"encoding":"other"}}`, `{"response_body":{"encoding":"base64","content":"*"}}`, `{"headers":{"A":"b"}}`,
	} {
		if _, err := Unmarshal([]byte(wrong)); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// fill sets about half of what v has, at any depth.
func fill(v reflect.Value, random *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && random.IntN(2) == 0 {
				fill(v.Field(i), random)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), random)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
		for i := range v.Len() {
			fill(v.Index(i), random)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), random)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range random.IntN(3) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, random)
			fill(value, random)
			if value.Kind() != reflect.Slice || value.Len() > 0 { // A name without a value is none.
				v.SetMapIndex(key, value)
			}
		}
	case reflect.String:
		texts := []string{"", "a", "<é>", "\xff\x00", `"\`}
		v.SetString(texts[random.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(random.Int64N(100))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(random.Uint64N(256))
	case reflect.Float64:
		v.SetFloat(random.Float64())
	}
}

func anyOf(t *testing.T, text []byte) (value map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
