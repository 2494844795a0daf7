package recording

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// jsonText returns a string of JSON.
func jsonText(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// isPlainName reports whether a name can stand without quotes, in XML, YAML and GraphQL.
var isPlainName = regexp.MustCompile(`^[A-Za-z_][\w.-]*$`).MatchString

// carriers put a named value into a form of text. Those that are plain have no escapes, for names and values of words.
var carriers = []struct {
	name  string
	plain bool
	carry func(name, value string) string
}{
	{"object", false, func(n, v string) string { return `{"a":1,` + jsonText(n) + `: ` + jsonText(v) + `,"z":[1]}` }},
	{"deep object", false, func(n, v string) string { return `[{"a":[{"b":{` + jsonText(n) + `:{"x":[` + jsonText(v) + `]}}}]}]` }},
	{"list", false, func(n, v string) string { return `{` + jsonText(n) + `:[` + jsonText(v) + `,` + jsonText(v) + `]}` }},
	{"lines of JSON", false, func(n, v string) string { return `{"a":1}` + "\n" + `{` + jsonText(n) + `:` + jsonText(v) + `}` + "\n" }},
	{"JSON-RPC", false, func(n, v string) string {
		return `[{"jsonrpc":"2.0","method":"login","params":{` + jsonText(n) + `:` + jsonText(v) + `},"id":1}]`
	}},
	{"event", false, func(n, v string) string { return "event: x\ndata: {" + jsonText(n) + `:` + jsonText(v) + "}\n\n" }},
	{"name and value", false, func(n, v string) string {
		return `[{"name":"a","value":"b"},{"name":` + jsonText(n) + `,"note":{"x":1},"value":` + jsonText(v) + `}]`
	}},
	{"value and name", false, func(n, v string) string { return `{"value": ` + jsonText(v) + ` , "key" : ` + jsonText(n) + `}` }},
	{"attribute of a span", false, func(n, v string) string {
		return `{"key":` + jsonText(n) + `,"value":{"stringValue":` + jsonText(v) + `}}`
	}},
	{"list of headers", false, func(n, v string) string {
		return `{"headers":[["accept","x"],[` + jsonText(n) + `,` + jsonText(v) + `]]}`
	}},
	{"GraphQL variables", false, func(n, v string) string {
		return `{"query":"query($a: String!){x(a:$a)}","variables":{"input":{` + jsonText(n) + `:` + jsonText(v) + `}}}`
	}},
	{"GraphQL argument", true, func(n, v string) string { return `mutation { login(a: 1, ` + n + `: "` + v + `") { id } }` }},
	{"form", false, func(n, v string) string { return "a=1&" + url.QueryEscape(n) + "=" + url.QueryEscape(v) + "&z=2" }},
	{"URL", false, func(n, v string) string {
		return "see https://h.example/p?a=1&" + url.QueryEscape(n) + "=" + url.QueryEscape(v) + "#f there"
	}},
	{"assignment", true, func(n, v string) string { return "took=12ms " + n + "=" + v + " status=200" }},
	{"settings", true, func(n, v string) string { return "a = 1\n" + n + " = " + v + " " + v + "\nb = 2\n" }},
	{"environment", true, func(n, v string) string { return "A=1\nexport " + n + "='" + v + "'\n" }},
	{"connection string", true, func(n, v string) string { return "Server=db;" + n + "=" + v + ";Encrypt=true" }},
	{"element", true, func(n, v string) string {
		return "<a><x:" + n + " b='c>d'><![CDATA[" + v + "]]></x:" + n + "><" + n + ">" + v + "</" + n + "></a>"
	}},
	{"XML attribute", true, func(n, v string) string { return `<a b="c" ` + n + `="` + v + `"/>` }},
	{"XML pair", true, func(n, v string) string {
		return `<add key="` + n + `" value="` + v + `"/><p name='` + n + `'>` + v + `</p>`
	}},
	{"YAML", true, func(n, v string) string { return "a: 1\nb:\n  " + n + ": " + v + " # x\n  c: 2\n" }},
	{"YAML with quotes", true, func(n, v string) string {
		return "a: 1\n" + n + ": \"" + v + "\"\nb: '" + v[:0] + "'\n" + n + ": '" + v + "'\n"
	}},
	{"YAML block", true, func(n, v string) string { return "a:\n  - " + n + ": |-\n      " + v + "\n      " + v + "\n  - b: 2\n" }},
	{"YAML list", true, func(n, v string) string { return n + ":\n  - " + v + "\n  - \"" + v + "\"\nb: 1\n" }},
	{"text", true, func(n, v string) string { return "failed, " + n + ": " + v + ", try again" }},
	{"Python", true, func(n, v string) string { return "{'a': 1, '" + n + "': '" + v + "', 'b': 2}" }},
	{"option", true, func(n, v string) string { return "psql --host h --" + n + " " + v + " --port 1" }},
	{"list of options", true, func(n, v string) string { return `["psql","--` + n + `","` + v + `"]` }},
}

// textOnlyNames are secrets only as text, so that not all that holds them is replaced.
var containerNames = func() (names []string) {
	r, err := NewRedactor(DefaultRedaction())
	if err != nil {
		panic(err)
	}
	for _, name := range secretFieldNames {
		if rule, _ := r.fields.find(name); !rule.textOnly {
			names = append(names, name)
		}
	}
	return names
}()

// wrappers put a text into another.
var wrappers = []struct {
	name string
	wrap func(text string) string
}{
	{"as it is", func(text string) string { return text }},
	{"a string", func(text string) string { return `{"a":1,"s":` + jsonText(text) + `,"z":true}` }},
	{"a string of a string", func(text string) string { return `{"s":` + jsonText(`{"t":`+jsonText(text)+`}`) + `}` }},
	{"the value of a form", func(text string) string { return "a=1&payload=" + url.QueryEscape(text) }},
	{"after text", func(text string) string { return "2026-11-27 INFO x: it's 5\" long\n" + text }},
}

func TestNoFormLetsASecretThrough(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, name := range containerNames {
		for _, c := range carriers {
			if c.plain && !isPlainName(name) {
				continue
			}
			for _, w := range wrappers {
				text := w.wrap(c.carry(name, planted))
				contentType := "text/plain"
				if w.name == "the value of a form" || c.name == "form" && w.name == "as it is" {
					contentType = "application/x-www-form-urlencoded"
				}
				rec := Recording{Body: Body{Content: []byte(text)}, Headers: Values{"Content-Type": {contentType}}}
				r.Redact(&rec)
				if bytes.Contains(rec.Body.Content, []byte(planted)) || !rec.Body.Redacted {
					t.Errorf("%s, %s, %s: %s", name, c.name, w.name, rec.Body.Content)
				}
			}
		}
	}
}

// FuzzNoFormLetsASecretThrough also cuts, and looks whether what was redacted stays as it is.
func FuzzNoFormLetsASecretThrough(f *testing.F) {
	for i := range carriers {
		for j := range wrappers {
			f.Add(uint8(7*i), uint8(i), uint8(j), "x", uint16(0), "a", "b")
			f.Add(uint8('2'), uint8(i), uint8(j), "0", uint16(8), "0", "0")
			f.Add(uint8(5*i), uint8(i), uint8(j), "!$", uint16(9), "{", "]")
		}
	}
	r := redactor(f, DefaultRedaction())
	f.Fuzz(func(t *testing.T, which, carrier, wrapper uint8, more string, cut uint16, before, after string) {
		name, c, w := containerNames[int(which)%len(containerNames)], carriers[int(carrier)%len(carriers)], wrappers[int(wrapper)%len(wrappers)]
		if c.plain {
			if !isPlainName(name) {
				return
			}
			more = strings.Map(func(c rune) rune {
				if c < 0x80 && isAlphanumeric(byte(c)) || strings.ContainsRune("!.-_~*/+", c) {
					return c
				}
				return -1
			}, more)
		}
		if strings.Contains(before+after, planted) || !json.Valid([]byte(jsonText(more))) || strings.Contains(more, planted) {
			return
		}
		around := func(text string) string {
			return strings.Map(func(c rune) rune { return c }, strings.NewReplacer("\\", "", `"`, "", "'", "", "\n", " ").Replace(text))
		}
		text := w.wrap(c.carry(name, planted+more))
		if w.name == "as it is" && c.name != "YAML block" && c.name != "YAML list" && c.name != "settings" {
			text = around(before) + "\n" + text + "\n" + around(after)
		}
		contentType := ""
		if strings.HasPrefix(w.name, "the value of a form") || c.name == "form" {
			contentType = "application/x-www-form-urlencoded"
		}
		if c.name == "value and name" {
			cut = 0 // else nothing tells whose value it is
		}
		content := []byte(text[:len(text)-min(len(text), int(cut))])
		rec := Recording{Body: Body{Content: content, Truncated: cut > 0}, Headers: Values{"Content-Type": {contentType}}}
		r.Redact(&rec)
		if bytes.Contains(rec.Body.Content, []byte(planted)) {
			t.Errorf("%s, %s, %s: %q\nbecame %q", name, c.name, w.name, content, rec.Body.Content)
		}
		again := Recording{Body: Body{Content: rec.Body.Content}, Headers: rec.Headers}
		r.Redact(&again)
		if len(again.Body.Content) > len(rec.Body.Content)+16*len(Mask) {
			t.Errorf("redacted again, %q\nbecame %q", rec.Body.Content, again.Body.Content)
		}
	})
}

// TestWhatIsRedactedStaysAsItIs is for what is redacted twice, as answers to replays of what was recorded may be.
func TestWhatIsRedactedStaysAsItIs(t *testing.T) {
	hashes := DefaultRedaction()
	hashes.Action, hashes.HashKey = "hash", hashKey
	for action, r := range map[string]*Redactor{"mask": redactor(t, DefaultRedaction()), "hash": redactor(t, hashes)} {
		for _, c := range carriers {
			rec := Recording{Body: Body{Content: []byte(c.carry("accessToken", planted))}}
			r.Redact(&rec)
			once := string(rec.Body.Content)
			if r.Redact(&rec); string(rec.Body.Content) != once {
				t.Errorf("%s, %s: %s\nbecame %s", action, c.name, once, rec.Body.Content)
			}
		}
	}
}

func TestJSONAndXMLStayValid(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, c := range carriers {
		for _, w := range wrappers[:3] {
			text := w.wrap(c.carry("password", planted))
			rec := Recording{Body: Body{Content: []byte(text)}}
			if r.Redact(&rec); json.Valid([]byte(text)) && !json.Valid(rec.Body.Content) {
				t.Errorf("%s, %s: %s", c.name, w.name, rec.Body.Content)
			}
			if strings.HasPrefix(text, "<a") && xml.Unmarshal([]byte(text), new(any)) == nil && xml.Unmarshal(rec.Body.Content, new(any)) != nil {
				t.Errorf("%s: %s", c.name, rec.Body.Content)
			}
		}
	}
}

// TestHostileContentsTakeTimeInTheirSize would not end where one of these took the square of its size.
func TestHostileContentsTakeTimeInTheirSize(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, unit := range []string{
		`{"password":`, `password:{`, `[`, `{"a":`, `"password":"password":`, `token: a: `, `<password>`, `<password `, `<password/>`, `<session><x>`, `eyJ`, `xeyJ`,
		"basic+", "bearer+realm=", `password="`, `password='\`, `\":`, `"token\":\`, `{"name":"password",`, `{"value":[{"key":"secret",`, `[["token",`, `--password `,
		"session:\n ", "token:\n", "token: |\n  ", `token: "`, "password:\\n", "a: $token ", `"a b c d":`, "-----BEGIN PRIVATE KEY-----", "4111 ", "%5Btoken%5D=", "\\u0061:", "é:", "ghp_", "sk-", "/api/webhooks/", ":AA", "?token=", "key\\", `'token': '`, `x="<a name="token" `,
	} {
		content := bytes.Repeat([]byte(unit), 1<<20/len(unit))
		rec := Recording{Body: Body{Content: content}, Headers: Values{"X": {string(content[:1<<16])}}}
		r.Redact(&rec)
		if n := len(rec.Body.Content); n > 8*len(content) {
			t.Errorf("%q grows to %d bytes", unit, n)
		}
	}
}

func TestBodiesOfAnyDepthAreSearched(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, depth := range []int{10, 1000, 9000, 200000} {
		text := strings.Repeat(`{"a":[`, depth) + `{"password":"` + planted + `"},{"name":"password","value":"` + planted + `"}` + strings.Repeat(`]}`, depth)
		rec := Recording{Body: Body{Content: []byte(text)}}
		if r.Redact(&rec); bytes.Contains(rec.Body.Content, []byte(planted)) {
			t.Error(strconv.Itoa(depth) + " deep a secret is kept")
		}
	}
}
