package clickhouse

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

func TestWhatServersSayIsToldApart(t *testing.T) {
	for text, want := range map[string]struct {
		code             int
		unavailable, too bool
	}{
		"Code: 159, e.displayText() = DB::Exception: Timeout exceeded": {159, true, true},
		"Code: 241. DB::Exception: Memory limit":                       {241, true, true},
		"Code: 60, e.displayText() = DB::Exception: Table x":           {60, true, false},
		"Code: 193. DB::Exception: Wrong password":                     {193, true, false},
		"Code: 279. DB::NetException: All connection tries failed":     {279, true, false},
		"Code: 62. DB::Exception: Syntax error":                        {62, false, false},
		"Bad Gateway":                                                  {0, true, false},
		"":                                                             {0, true, false},
	} {
		said := serverError(&http.Response{StatusCode: 500, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))})
		if e, ok := errors.AsType[*ServerError](said); !ok || e.Code != want.code {
			t.Errorf("%q has the code %+v", text, said)
		}
		err := wrap(said)
		if errors.Is(err, api.ErrUnavailable) != want.unavailable || TooMuch(err) != want.too {
			t.Errorf("%q is %v, too much %v", text, err, TooMuch(err))
		}
	}
	for _, err := range []error{nil, context.Canceled, errAnswer} {
		if got := wrap(err); !errors.Is(got, err) || errors.Is(got, api.ErrUnavailable) {
			t.Errorf("%v became %v", err, got)
		}
	}
}
