package analysis

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func learner(t testing.TB, options LearnerOptions) *Learner {
	t.Helper()
	l, err := NewLearner(options)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLearnerSeesIdentifiersInPaths(t *testing.T) {
	l := learner(t, LearnerOptions{})
	for _, tt := range []struct{ path, want string }{
		{"/", "/"},
		{"", Other},
		{"*", Other},
		{"/users", "/users"},
		{"/users/", "/users"},
		{"//users//42", "/users/{id}"},
		{"/users/42", "/users/{id}"},
		{"/users/me", "/users/me"},
		{"/users/8f14e45f-ceea-467f-9a1b-2c3d4e5f6a7b", "/users/{id}"},
		{"/users/507f1f77bcf86cd799439011", "/users/{id}"},
		{"/users/01HZX5K7Q8R9S0T1V2W3X4Y5Z6", "/users/{id}"},
		{"/users/V1StGXR8_Z5jdHi6B-myT", "/users/{id}"},
		{"/users/cus_9s6XKzkNRiz8i3", "/users/{id}"},
		{"/users/ada@example.com", "/users/{email}"},
		{"/users/ada%40example.com", "/users/{email}"},
		{"/users/42/orders/7", "/users/{id}/orders/{order_id}"},
		{"/users/42/categories/7/items/9", "/users/{id}/categories/{category_id}/items/{item_id}"},
		{"/a/1/2/3", "/a/{id}/{id2}/{id3}"},
		{"/orders/ORD-12345", "/orders/{id}"},
		{"/reports/2026-11-23", "/reports/{date}"},
		{"/reports/2026-11-23T10:00:00Z", "/reports/{date}"},
		{"/api/v1/things", "/api/v1/things"},
		{"/oauth2/token", "/oauth2/token"},
		{"/facade/decade", "/facade/decade"},
		{"/shop.Shop/ListUserAccountsByRegion", "/shop.Shop/ListUserAccountsByRegion"},
		{"/blog/my-first-post", "/blog/my-first-post"},
		{"/x/{id}", "/x/{id}"},
		{"/x/a b", "/x/{id}"},
		{"/x/\xff\xfe", "/x/{id}"},
		{"/x/" + strings.Repeat("w", 65), "/x/{id}"},
		{strings.Repeat("/a", 17), Other},
	} {
		if got := l.Route("GET", tt.path); got != tt.want {
			t.Errorf("Route(%q) = %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestRoutesSeeSegmentsAsSent(t *testing.T) {
	l := learner(t, LearnerOptions{Routes: []string{"/projects/{id}", "/caf%C3%A9/{table}", "/a b/c", "/v*/items", "GET /my files/*.txt"}})
	for _, tt := range []struct{ path, want string }{
		{"/projects/a%2Fb", "/projects/{id}"},
		{"/%70rojects/7/", "/projects/{id}"},
		{"/projects/a/b", "/projects/a/b"},
		{"/café/1", "/caf%C3%A9/{table}"},
		{"/caf%c3%a9/1", "/caf%C3%A9/{table}"},
		{"/a%20b/c", "/a b/c"},
		{"/v2/items", "/v*/items"},
		{"/my%20files/a%2Fb.txt", "/my files/*.txt"},
		// Learned ones.
		{"/x/th%C3%A9", "/x/thé"},
		{"/x/th\xc3\xa9", "/x/thé"},
		{"/x/%77ord", "/x/word"},
		{"/x/a%2Fb", "/x/{id}"},
		{"/x/a%20b", "/x/{id}"},
		{"/x/100%", "/x/{id}"},
		{"/x/a%2520b", "/x/{id}"},
		{"/x/%FF", "/x/{id}"},
		{"/x/me%40shop.example", "/x/{email}"},
		{"/x/ORD%2D12345", "/x/{id}"},
	} {
		if got := l.Route("GET", tt.path); got != tt.want {
			t.Errorf("Route(%q) = %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestLearnerPrefersConfiguredRoutes(t *testing.T) {
	l := learner(t, LearnerOptions{Routes: []string{
		"/users/{user}", "/users/me", "POST /users/{user}", "/users/{user}/orders/{order}", "/static/**", "GET /files/{path...}", "/{tenant}/home",
	}})
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/users/ada", "/users/{user}"},
		{"GET", "/users/me", "/users/me"},
		{"GET", "/users/me/orders/1", "/users/{user}/orders/{order}"},
		{"GET", "/static/js/app.js", "/static/**"},
		{"GET", "/static", "/static/**"},
		{"GET", "/files/a/b", "/files/{path...}"},
		{"PUT", "/files/a/b", "/files/a/b"},
		{"GET", "/users/home", "/users/{user}"},
		{"GET", "/acme/home", "/{tenant}/home"},
		{"GET", "/elsewhere/7", "/elsewhere/{id}"},
	} {
		if got := l.Route(tt.method, tt.path); got != tt.want {
			t.Errorf("Route(%s %q) = %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
}

func TestLearnerMakesParametersOfManyRareWords(t *testing.T) {
	l := learner(t, LearnerOptions{})
	for range 20 {
		l.Route("GET", "/users/me/settings")
	}
	for i := range 200 {
		l.Route("GET", "/users/"+name(i)+"/settings")
	}
	got := []string{l.Route("GET", "/users/somebody/settings"), l.Route("GET", "/users/me/settings"), l.Route("GET", "/users/77/settings")}
	want := []string{"/users/{id}/settings", "/users/me/settings", "/users/{id}/settings"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLearnerKeepsTheResourcesOfALargeAPI(t *testing.T) {
	l := learner(t, LearnerOptions{})
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		l.Route("GET", "/api/"+name(random.IntN(60)))
	}
	for i := range 60 {
		if path := "/api/" + name(i); l.Route("GET", path) != path {
			t.Errorf("Route(%q) = %q, want it unchanged", path, l.Route("GET", path))
		}
	}
}

func TestLearnerReturnsNoMoreTemplatesThanItMay(t *testing.T) {
	l := learner(t, LearnerOptions{MaxTemplates: 50})
	random := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for range 100_000 {
		var path strings.Builder
		for range random.IntN(20) {
			path.WriteString("/" + name(random.IntN(1000)))
		}
		seen[l.Route("GET", "/"+path.String())] = true
	}
	delete(seen, Other)
	if len(seen) > 50 {
		t.Errorf("%d templates were returned, at most 50 may be", len(seen))
	}
	if l.places > 4*50+maxSegments {
		t.Errorf("the tree grew to %d places", l.places)
	}
}

func TestLearnerRefusesWrongOptions(t *testing.T) {
	for field, options := range map[string]LearnerOptions{
		"routes[1]":     {Routes: []string{"/fine", "users"}},
		"routes[0]":     {Routes: []string{"/users/x{id}"}},
		"max_templates": {MaxTemplates: -1},
		"max_siblings":  {MaxSiblings: 1},
	} {
		_, err := NewLearner(options)
		if all := validation.All(err); len(all) != 1 || all[0].Field != field {
			t.Errorf("NewLearner(%+v) = %v, want an error about %s", options, err, field)
		}
	}
}

func TestLearnerServesManyAtOnce(t *testing.T) {
	l := learner(t, LearnerOptions{})
	for i := range 10 {
		l.Route("GET", "/"+name(3)+"/"+itoa(i))
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 2000 {
				l.Route("GET", fmt.Sprintf("/%s/%d/%s", name(i%7), i, name(i*worker)))
			}
		})
	}
	group.Wait()
	if got := l.Route("GET", "/"+name(3)+"/12"); got != "/"+name(3)+"/{id}" {
		t.Errorf("got %q", got)
	}
}

func FuzzLearnerRoute(f *testing.F) {
	f.Add("/users/42\n/users/me\n/a/b/c")
	f.Add("/{id}\n//\n/%zz\n/\xff")
	f.Fuzz(func(t *testing.T, paths string) {
		l := learner(t, LearnerOptions{MaxTemplates: 5, MaxSiblings: 2, Routes: []string{"/users/{id}", "/static/**"}})
		seen := map[string]bool{}
		for path := range strings.SplitSeq(paths, "\n") {
			route := l.Route("GET", path)
			if route == "" {
				t.Fatalf("no route for %q", path)
			}
			seen[route] = true
		}
		if len(seen) > 5+3 {
			t.Fatalf("%d templates", len(seen))
		}
	})
}

func FuzzCompileRoutes(f *testing.F) {
	f.Add("/users/{id}")
	f.Add("GET /files/{path...}")
	f.Fuzz(func(t *testing.T, template string) {
		if r, err := compileRoutes([]string{template}); err == nil {
			r.match("GET", "users/1")
		}
	})
}

func BenchmarkLearnerRoute(b *testing.B) {
	l := learner(b, LearnerOptions{Routes: []string{"/configured/{id}"}})
	b.ReportAllocs()
	for b.Loop() {
		l.Route("GET", "/users/8f14e45f-ceea-467f-9a1b-2c3d4e5f6a7b/orders/17")
	}
}

// name spells a number in letters, so that it looks like a word.
func name(i int) string {
	word := "w"
	for ; i > 0; i /= 20 {
		word += string(rune('a' + i%20))
	}
	return word
}

func TestWhatIsAskedForIsNotLearned(t *testing.T) {
	l, err := NewLearner(LearnerOptions{Routes: []string{"/files/**"}})
	if err != nil {
		t.Fatal(err)
	}
	known := func(path string) string {
		route, ok := l.Known("GET", path)
		if !ok {
			return ""
		}
		return route
	}
	for range 2 {
		for path, want := range map[string]string{"/users/1": "", "/users": "", "/": "", "/files/a/b": "/files/**", "*": Other} {
			if got := known(path); got != want {
				t.Errorf("before: %s is %q, want %q", path, got, want)
			}
		}
	}
	if got := l.Templates(); len(got) != 0 {
		t.Errorf("learned %v", got)
	}
	l.Route("GET", "/users/1")
	l.Route("GET", "/")
	for path, want := range map[string]string{"/users/2": "/users/{id}", "/users": "", "/users/2/x": "", "/": "/"} {
		if got := known(path); got != want {
			t.Errorf("after: %s is %q, want %q", path, got, want)
		}
	}
}
