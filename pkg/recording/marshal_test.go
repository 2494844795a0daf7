package recording

import (
	"encoding/json"
	"math/rand" //nolint:depguard // It is what testing/quick takes.
	"reflect"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"
)

// Whatever a recording has, Marshal gives what json.Marshal gives.
func TestMarshalGivesWhatJSONGives(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 50 {
		r := Recording{}
		v := reflect.ValueOf(&r).Elem()
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Timestamp" || random.Intn(4) == 0 {
				continue
			}
			value, ok := quick.Value(v.Field(i).Type(), random)
			if !ok {
				continue
			}
			v.Field(i).Set(value)
		}
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
	for _, wrong := range []string{"", "1", "{", `{"body":1}`, `{"body":{"encoding":"other"}}`, `{"response_body":{"encoding":"base64","content":"*"}}`, `{"headers":{"A":"b"}}`} {
		if _, err := Unmarshal([]byte(wrong)); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

func anyOf(t *testing.T, text []byte) (value map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
