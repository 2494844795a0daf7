package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const delegate = "hunter2-delegate"

// newDelegating is a control API that believes delegate, whose own rights are all or none.
func newDelegating(t testing.TB, own api.Actor) *server {
	return newServer(t, func(o *api.Options) {
		delegates := api.NewDelegates([]string{"another", delegate})
		o.Authorize = func(r *http.Request) (api.Actor, error) { return delegates.Actor(r, own) }
	})
}

func TestOnBehalfOf(t *testing.T) {
	all := api.Actor{Name: "control API", CanWrite: true, CanReadBodies: true}
	for name, test := range map[string]struct {
		own    api.Actor
		header map[string][]string
		// status is that of a switch, by is who it is said to be of.
		status int
		by     string
	}{
		"nobody else":           {all, nil, 200, "control API"},
		"a user":                {all, of("ada", "Bearer "+delegate), 200, "ada"},
		"a name of any letters": {all, of("Ad%C3%A1%20L%2C%0A", "Bearer "+delegate), 200, "Adá L,\n"},
		"a scheme in any case":  {all, of("ada", "bearer  "+delegate), 200, "ada"},
		"a user who may write":  {all, with(of("ada", "Bearer "+delegate), "read-bodies, write"), 200, "ada"},
		"a user who may not":    {all, with(of("ada", "Bearer "+delegate), "read-bodies"), 403, ""},
		"a user who may only look": {
			all, with(of("ada", "Bearer "+delegate), ""), 403, "",
		},
		"more than the bearer may":   {api.Actor{Name: "x"}, with(of("ada", "Bearer "+delegate), "write"), 403, ""},
		"no token":                   {all, of("ada", ""), 403, ""},
		"another token":              {all, of("ada", "Bearer "+delegate+"x"), 403, ""},
		"a part of the token":        {all, of("ada", "Bearer "+delegate[1:]), 403, ""},
		"another scheme":             {all, of("ada", "Basic "+delegate), 403, ""},
		"no name":                    {all, of("", "Bearer "+delegate), 400, ""},
		"a name that is not escaped": {all, of("%zz", "Bearer "+delegate), 400, ""},
		"a name of no letters":       {all, of("%FF", "Bearer "+delegate), 400, ""},
		"a name without end":         {all, of(strings.Repeat("a", 257), "Bearer "+delegate), 400, ""},
		"two names":                  {all, map[string][]string{api.OnBehalfOf: {"ada", "eve"}, "Authorization": {"Bearer " + delegate}}, 400, ""},
		"rights of nobody":           {all, with(map[string][]string{"Authorization": {"Bearer " + delegate}}, "write"), 400, ""},
		"unknown rights":             {all, with(of("ada", "Bearer "+delegate), "write,everything"), 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDelegating(t, test.own)
			r := httptest.NewRequest("PUT", "/scenarios/mode", strings.NewReader(`{"mode":"error"}`))
			for key, values := range test.header {
				r.Header[http.CanonicalHeaderKey(key)] = values
			}
			a := s.serve(r)
			if a.status != test.status {
				t.Fatalf("%d %s, want %d", a.status, a.body, test.status)
			}
			if strings.Contains(a.body, "hunter2") {
				t.Errorf("the token is in %s", a.body)
			}
			if a.status == http.StatusOK {
				if by := decode[scenario.Scenario](t, a).SetBy; by != test.by {
					t.Errorf("set by %q, want %q", by, test.by)
				}
				if got := a.header.Get(api.OnBehalfOf); got != r.Header.Get(api.OnBehalfOf) {
					t.Errorf("the answer is for %q", got)
				}
			}
		})
	}
}

func of(name, authorization string) map[string][]string {
	return map[string][]string{api.OnBehalfOf: {name}, "Authorization": {authorization}}
}

func with(header map[string][]string, rights string) map[string][]string {
	header[api.RightsHeader] = []string{rights}
	return header
}

// A refusal names the header, so that whoever sends it knows what is missing.
func TestARefusalOfAnotherNamesTheHeader(t *testing.T) {
	s := newServer(t, func(o *api.Options) {
		o.Authorize = func(r *http.Request) (api.Actor, error) {
			return api.NewDelegates(nil).Actor(r, api.Actor{CanWrite: true})
		}
	})
	r := httptest.NewRequest("GET", "/scenarios/mode", nil)
	r.Header.Set(api.OnBehalfOf, "ada")
	r.Header.Set("Authorization", "Bearer ")
	a := s.serve(r)
	if p := decode[api.Problem](t, a); a.status != 403 || p.Field != api.OnBehalfOf || !strings.Contains(p.Detail, "control::delegates") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// What is withheld is withheld from whom the request is for.
func TestContentsAreThoseThatTheOtherMayRead(t *testing.T) {
	s := newDelegating(t, api.Actor{CanWrite: true, CanReadBodies: true})
	for _, may := range []bool{true, false} {
		r := httptest.NewRequest("GET", "/recordings/"+recordingID.String(), nil)
		r.Header.Set("Authorization", "Bearer "+delegate)
		api.Represent(r, api.Actor{Name: "ada", CanReadBodies: may})
		a := s.serve(r)
		var got struct{ Withheld []string }
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || (len(got.Withheld) == 0) != may {
			t.Errorf("may read bodies %t: %d %s", may, a.status, a.body)
		}
	}
}

func FuzzOnBehalfOf(f *testing.F) {
	f.Add("ada", "write,read-bodies")
	f.Add("%41", "")
	f.Add("%", ",,write")
	delegates := api.NewDelegates([]string{delegate})
	f.Fuzz(func(t *testing.T, name, rights string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+delegate)
		r.Header.Set(api.OnBehalfOf, name)
		r.Header.Set(api.RightsHeader, rights)
		actor, err := delegates.Actor(r, api.Actor{CanWrite: true, CanReadBodies: true})
		if err != nil {
			if actor != (api.Actor{}) {
				t.Errorf("%q %q: refused, but %+v", name, rights, actor)
			}
			return
		}
		if actor.Name == "" || !utf8.ValidString(actor.Name) || actor.CanWrite && !strings.Contains(rights, "write") || actor.CanReadBodies && !strings.Contains(rights, "read-bodies") {
			t.Errorf("%q %q: %+v", name, rights, actor)
		}
		// What is sent for somebody is understood so.
		again := httptest.NewRequest("GET", "/", nil)
		again.Header.Set("Authorization", "Bearer "+delegate)
		api.Represent(again, actor)
		if got, err := delegates.Actor(again, api.Actor{CanWrite: true, CanReadBodies: true}); err != nil || got != actor {
			t.Errorf("%+v comes as %+v, %v", actor, got, err)
		}
	})
}
