package field_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

func TestFieldLinesAreTakenApart(t *testing.T) {
	for _, test := range []struct {
		block string
		bare  bool
		want  http.Header // nil where it is refused
	}{
		{"", false, http.Header{}},
		{"x-a: b\r\nX-A:\tc \r\nx-empty:\r\n", false, http.Header{"X-A": {"b", "c"}, "X-Empty": {""}}},
		{"X-Name: Jos\xe9\r\n", false, http.Header{"X-Name": {"Jos\xe9"}}},
		{"X-A: b \r\n\t c\r\n \r\nX-B: d\r\n", false, http.Header{"X-A": {"b c"}, "X-B": {"d"}}},
		{"X-A: b\nX-B: c", true, http.Header{"X-A": {"b"}, "X-B": {"c"}}},
		{"X-A: b\nX-B: c\r\n", false, nil},
		{"X-A: b", false, nil},
		{" X-A: b\r\n", false, nil},
		{"X-A : b\r\n", false, nil},
		{"X A: b\r\n", false, nil},
		{": b\r\n", false, nil},
		{"X-A\r\n", false, nil},
		{"X-A: b\rX-B: c\r\n", false, nil},
		{"X-A: b\x00\r\n", true, nil},
		{"X-A: b\r\n c\x7f\r\n", false, nil},
	} {
		got, err := field.Parse(test.block, test.bare)
		if refused := errors.As(err, new(*field.Error)); refused != (test.want == nil) || err != nil && !refused {
			t.Errorf("%q: %v", test.block, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); test.want != nil && diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.block, diff)
		}
	}
}

func TestALengthIsANumberThatIsSaidOnce(t *testing.T) {
	for _, test := range []struct {
		values []string
		want   int64 // -1 where it is refused
	}{
		{[]string{"0"}, 0},
		{[]string{"12", "12"}, 12},
		{[]string{"9223372036854775807"}, 1<<63 - 1},
		{[]string{"9223372036854775808"}, -1},
		{[]string{"1", "2"}, -1},
		{[]string{"1, 1"}, -1},
		{[]string{"+1"}, -1},
		{[]string{"-1"}, -1},
		{[]string{""}, -1},
		{[]string{"0x1"}, -1},
		{[]string{"1_0"}, -1},
	} {
		if got, err := field.Length(test.values); (err != nil) != (test.want < 0) || err == nil && got != test.want {
			t.Errorf("%q: %d, %v", test.values, got, err)
		}
	}
}

func TestTokensAreFoundInLists(t *testing.T) {
	for list, want := range map[string]bool{
		"close": true, "Keep-Alive, CLOSE": true, "a,\tclose ,b": true, "closed": false, "clo, se": false, "": false, "x-close": false,
	} {
		if got := field.HasToken([]string{"other", list}, "close"); got != want {
			t.Errorf("%q: %t", list, got)
		}
	}
}
