package pathpattern

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestPatternsSeeSegmentsAsSent(t *testing.T) {
	for _, test := range []struct {
		pattern         string
		match, mismatch []string
	}{
		{"/", []string{"/"}, []string{"", "/a", "//", "*", "%2F"}},
		{"/users", []string{"/users", "/%75sers", "/user%73"}, []string{"/users/", "/user", "/users2", "/Users", "users", "//users", "/./users", "/users;v=1", "/users%2F"}},
		{"/users/", []string{"/users/"}, []string{"/users", "/users/1", "/users//", "/users%2F"}},
		{
			"/projects/{id}",
			[]string{"/projects/a%2Fb", "/projects/a%2fb", "/projects/1", "/projects/%FF", "/projects/\xff", "/projects/%zz", "/projects/..", "/projects/.", "/projects/;a=b", "/projects/{id}", "/projects/%00"},
			[]string{"/projects/a/b", "/projects", "/projects/", "/projects//", "/projects/1/"},
		},
		{"/projects/a%2Fb", []string{"/projects/a%2Fb", "/projects/a%2fb", "/projects/%61%2fb"}, []string{"/projects/a/b", "/projects/a%252Fb"}},
		{"/projects/a/b", []string{"/projects/a/b"}, []string{"/projects/a%2Fb"}},
		{"/a b", []string{"/a%20b", "/a b"}, []string{"/a+b", "/a%2520b"}},
		{"/a%20b", []string{"/a%20b", "/a b", "/%61 %62"}, []string{"/a+b", "/a%2520b"}},
		{"/a%2520b", []string{"/a%2520b"}, []string{"/a%20b", "/a b"}},
		{"/a+b", []string{"/a+b", "/a%2Bb"}, []string{"/a b", "/a%20b"}},
		{"/m;a=b/c", []string{"/m;a=b/c", "/m%3Ba%3db/c"}, []string{"/m/c", "/m;a=b;c"}},
		{"/café", []string{"/caf%C3%A9", "/caf%c3%a9", "/café"}, []string{"/caf%E9", "/cafe"}},
		{"/%FF", []string{"/%FF", "/%ff", "/\xff"}, []string{"/%C3%BF", "/"}},
		{"/100%", []string{"/100%", "/100%25"}, []string{"/100"}},
		{"/%zz", []string{"/%zz", "/%25zz"}, []string{"/%ZZ", "/zz"}},
		{"/a/../b", []string{"/a/../b", "/a/%2e%2E/b"}, []string{"/b", "/a/b"}},
		{"/users/{}/orders", []string{"/users/1/orders"}, []string{"/users//orders", "/users/1/orders/2"}},
		{"/users/**", []string{"/users", "/users/", "/users/1", "/users/1/2//3"}, []string{"/usersx", "/", "/users%2F1"}},
		{"/users/{rest...}", []string{"/users", "/users/", "/users/1/2//3"}, []string{"/usersx"}},
		{"/**", []string{"/", "/a", "/a/b", "", "*", "//"}, nil},
		{"*", []string{"*"}, []string{"", "/", "/*", "%2A", "a"}},
		{"/%2A", []string{"/*", "/%2a"}, []string{"/", "/a", "*"}},
		{"/%7Bid%7D", []string{"/{id}", "/%7bid}"}, []string{"/1"}},
		{"/a/*", []string{"/a/", "/a/b", "/a/b%2Fc"}, []string{"/a", "/a/b/c"}},
		{"/a/*/b", []string{"/a//b", "/a/x/b"}, []string{"/a/b", "/a/x/y/b"}},
		{"/*.js", []string{"/a.js", "/.js", "/a%2Fb.js", "/a.j%73", "/a.js.js"}, []string{"/a.jsx", "/a/b.js"}},
		{"/a*b*c", []string{"/abc", "/abbc", "/axbxc", "/ab%62c"}, []string{"/ac", "/ab", "/abcd"}},
		{"/aba*aba", []string{"/abaaba", "/abaxaba"}, []string{"/aba", "/ababa"}},
		{"/v*/users/{id}/**", []string{"/v1/users/2", "/v/users/2/3/4"}, []string{"/1/users/2", "/v1/users//3"}},
	} {
		p, err := Parse(test.pattern)
		if err != nil {
			t.Fatalf("%s: %v", test.pattern, err)
		}
		tree := Tree{}
		tree.Add(p, 7)
		matches := func(path string) bool {
			found := false
			tree.Walk(path, func(numbers []int) bool {
				found = slices.Contains(numbers, 7)
				return !found
			})
			if found != p.Match(path) {
				t.Errorf("%s and %q: the tree says %v", test.pattern, path, found)
			}
			return found
		}
		for _, path := range test.match {
			if !matches(path) {
				t.Errorf("%s does not match %q", test.pattern, path)
			}
		}
		for _, path := range test.mismatch {
			if matches(path) {
				t.Errorf("%s matches %q", test.pattern, path)
			}
		}
	}
}

func TestBadPatternsAreRefused(t *testing.T) {
	for _, pattern := range []string{
		"", "users", "/a?b", "/a#b", "/**/a", "/{rest...}/a", "/a**", "/**a", "/a{id}", "/{id", "/id}", "/{a}{b}", "/a//b", "//", "**",
		"/" + strings.Repeat("a", MaxLength), "/\xff", "/\x00",
	} {
		if _, err := Parse(pattern); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
}

func TestWildcardsStandAnywhereWhereAPatternIsNotLookedUp(t *testing.T) {
	for _, test := range []struct {
		pattern         string
		match, mismatch []string
	}{
		{"**/orders**", []string{"/orders", "/a/b/orders/1", "/ordersx", "/a/%6Frders"}, []string{"/a/order", "/a%2Forders"}},
		{"/a{n}.html", []string{"/a1.html", "/a%2F.html"}, []string{"/a.html", "/a/.html"}},
		{"/{literal", []string{"/{literal", "/%7Bliteral"}, []string{"/literal"}},
		{"/a//b", []string{"/a//b"}, []string{"/a/b"}},
		{"/a/**/b", []string{"/a/x/b", "/a/x/y/b", "/a//b"}, []string{"/a/b", "/a/xb"}},
		{"/a/**/b/**", []string{"/a/x/b", "/a/x/b/c"}, []string{"/a/x/bc"}},
		{"*", []string{"*", "", "a"}, []string{"/"}},
		{"/***", []string{"/", "/a/b"}, []string{""}},
		{"**5", []string{"/5", "/%35"}, []string{"/%25", "/%2560"}},
		{"/?", []string{"/?", "/%3F"}, []string{"/a"}},
	} {
		p, err := ParseAnywhere(test.pattern)
		if err != nil {
			t.Fatalf("%s: %v", test.pattern, err)
		}
		for _, path := range test.match {
			if !p.Match(path) {
				t.Errorf("%s does not match %q", test.pattern, path)
			}
		}
		for _, path := range test.mismatch {
			if p.Match(path) {
				t.Errorf("%s matches %q", test.pattern, path)
			}
		}
	}
}

func TestTheValueOfAParameterIsDecodedOnce(t *testing.T) {
	for in, want := range map[string]string{
		"/users/{id} /users/a%2Fb id": "a/b", "/users/{id} /users/a%2520b id": "a%20b", "/{a}/{b} /1/2 b": "2", "/{a}/{b} /1 b": "", "/{a} /1 c": "",
		"/f/{p...} /f/a%2F/b p": "a%2F/b", "/f/** /f/a p": "", "/f/{a}/** /f/x/y a": "x",
	} {
		words := strings.Split(in, " ")
		p, err := Parse(words[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Value(words[1], words[2]); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// reference reports whether a path matches as the documentation of the package says, with regular expressions and without a thought for speed.
func reference(pattern, path string) bool {
	return regexp.MustCompile(inGo(pattern)).MatchString(symbols(path))
}

func FuzzPatternsMatchAsTheReferenceDoes(f *testing.F) {
	for _, seed := range []string{"/", "/a/{id}/**", "/{}", "/**", "/a//", "/{a}{b}", "/*", "/a*b*", "/%2F", "/%", "/%25", "/%zz", "/{x...}", "*", "/é"} {
		f.Add(seed, seed)
		f.Add(seed, "/a%2fb/c")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		anywhere, err := ParseAnywhere(pattern)
		if err == nil {
			anywhere.Match(path)
			plain, escaped := anywhere.Regexps()
			if plain != "" {
				if _, err := regexp.Compile(plain); err != nil {
					t.Errorf("%q gives %q: %v", pattern, plain, err)
				}
			}
			// RE2 has no lookahead.
			if _, err := regexp.Compile(strings.ReplaceAll(escaped, `(?![0-9A-Fa-f]{2})`, "")); err != nil {
				t.Errorf("%q gives %q: %v", pattern, escaped, err)
			}
		}
		p, err := Parse(pattern)
		if err != nil {
			return
		}
		if anywhere == nil && strings.Count(pattern, "*")+strings.Count(pattern, "{") <= MaxWildcards {
			t.Fatalf("%q may not stand anywhere", pattern)
		}
		p.Value(path, "id")
		got := p.Match(path)
		if pattern != server && strings.HasPrefix(path, "/") && got != reference(pattern, path) {
			t.Errorf("%q matches %q: %v", pattern, path, got)
		}
		if !HasWildcards(pattern) && !p.Match(pattern) {
			t.Errorf("%q does not match itself", pattern)
		}
		if found := treeFinds([]*Pattern{p}, path); slices.Contains(found, 0) != got {
			t.Errorf("%q finds %q: %v", pattern, path, found)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	f.Add("a%20b%zz%")
	f.Fuzz(func(t *testing.T, sent string) {
		text := Unescape(sent)
		if !equal(sent, text) || equal(sent, text+"x") || !strings.Contains(sent, "%") && text != sent {
			t.Errorf("%q is %q", sent, text)
		}
		Spellings(sent)
	})
}

func treeFinds(patterns []*Pattern, path string) []int {
	var tree Tree
	for i, p := range patterns {
		tree.Add(p, i)
	}
	var found []int
	tree.Walk(path, func(numbers []int) bool {
		found = append(found, numbers...)
		return true
	})
	slices.Sort(found)
	return found
}

// TestTheTreeFindsWhatMatches is over patterns and paths of few words, so that they meet often.
func TestTheTreeFindsWhatMatches(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	one := func(words ...string) string { return words[random.IntN(len(words))] }
	matched := 0
	for range 2000 {
		var patterns []*Pattern
		for range random.IntN(20) {
			text := ""
			for range random.IntN(4) {
				text += "/" + one("a", "b", "%61", "a%2Fb", "a/b", "{id}", "{}", "*", "a*", "*b", "a*b", "*%2F*")
			}
			if text += one("", "", "/", "/**", "/{x...}"); text == "" {
				text = "*"
			}
			if text == "//" {
				continue
			}
			p, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			patterns = append(patterns, p)
		}
		for range 20 {
			path := ""
			for range random.IntN(5) {
				path += "/" + one("a", "b", "", "ab", "a%2Fb", "%61", "a%2fb", "..", "%zz")
			}
			path += one("", "/", "*")
			var want []int
			for i, p := range patterns {
				if p.Match(path) {
					want = append(want, i)
				}
			}
			matched += len(want)
			if got := treeFinds(patterns, path); !slices.Equal(got, want) {
				t.Fatalf("%q is found by %v, want %v of %v", path, got, want, patterns)
			}
		}
	}
	if matched < 10000 {
		t.Errorf("only %d met: the test shows little", matched)
	}
}

func TestTheMoreSpecificPatternComesFirst(t *testing.T) {
	texts := []string{"/**", "/a/**", "/*/b", "/{id}/b", "/a*/b", "/ab*/b", "/ab/b", "/ab/{id}", "/a*/**"}
	tree := Tree{Tidy: true}
	for i, text := range texts {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		tree.Add(p, i)
	}
	var got []string
	tree.Walk("//ab//b/", func(numbers []int) bool {
		for _, n := range numbers {
			got = append(got, texts[n])
		}
		return true
	})
	if want := []string{"/ab/b", "/ab/{id}", "/ab*/b", "/a*/b", "/a*/**", "/{id}/b", "/*/b", "/**"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestNothingIsAllocatedToMatch(t *testing.T) {
	var tree Tree
	for i, text := range []string{"/users/{id}/orders/**", "/a b/*", "/users/a%2Fb"} {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		tree.Add(p, i)
		for _, path := range []string{"/users/1/orders/2", "/a%20b/c", "/users/a%2fb"} {
			if n := testing.AllocsPerRun(100, func() { p.Match(path) }); n != 0 {
				t.Errorf("%s and %s: %v allocations", text, path, n)
			}
		}
	}
	count := 0
	for _, path := range []string{"/users/1/orders/2", "/a%20b/c", "/users/a%2fb"} {
		if n := testing.AllocsPerRun(100, func() {
			tree.Walk(path, func(numbers []int) bool { count += len(numbers); return true })
		}); n != 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
	}
	if count == 0 {
		t.Error("nothing was found")
	}
}

func TestTheSpellingsOfAPart(t *testing.T) {
	for part, want := range map[string][]string{
		"/users": {"/users"}, "/a b": {"/a b", "/a%20b"}, "/a%20b": {"/a%20b", "/a b"}, "a%2fb": {"a%2fb", "a/b"}, "é": {"é", "%C3%A9"}, "%FF": {"%FF", "\uFFFD"}, "100%": {"100%"},
	} {
		if got := Spellings(part); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", part, got, want)
		}
	}
}
