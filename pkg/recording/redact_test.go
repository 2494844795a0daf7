package recording

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func redactor(t testing.TB, redaction Redaction) *Redactor {
	t.Helper()
	r, err := NewRedactor(redaction)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCredentialsInHeadersAreMaskedInAnyConfiguration(t *testing.T) {
	shared := Values{"Authorization": {"Bearer abc"}, "X-Trace": {"1"}, "cookie": {"a=b", "c=d"}, "X-Mine": {"abc"}}
	rec := Recording{Headers: shared, ResponseHeaders: Values{"Set-Cookie": {"sid=1"}}, ResponseTrailers: Values{"X-Api-Key": {"k"}}, Consumer: "Bearer abc"}
	redactor(t, Redaction{Headers: []string{"x-mine"}}).Redact(&rec)
	want := Recording{
		Headers:         Values{"Authorization": {Mask}, "X-Trace": {"1"}, "cookie": {"a=" + Mask, "c=" + Mask}, "X-Mine": {Mask}},
		ResponseHeaders: Values{"Set-Cookie": {"sid=" + Mask}}, ResponseTrailers: Values{"X-Api-Key": {Mask}}, Consumer: rec.Consumer,
	}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Error(diff)
	}
	if shared["Authorization"][0] != "Bearer abc" {
		t.Error("the headers of the live request were changed")
	}
	if strings.Contains(rec.Consumer, "abc") || rec.Consumer == "" {
		t.Errorf("the consumer is %q", rec.Consumer)
	}
}

func TestQueryAndURLsAreMasked(t *testing.T) {
	rec := Recording{
		QueryParams:     Values{"Token": {"t0p"}, "q": {"x", `{"password":"t0p"}`}},
		Headers:         Values{"Referer": {"https://a/b?x=1&to%6ben=t0p#access_token=t0p"}, "Link": {`<https://a?token=t0p>; rel="next"`}},
		ResponseHeaders: Values{"Location": {"/cb?page=1&token=t0p"}},
	}
	redactor(t, DefaultRedaction()).Redact(&rec)
	want := Recording{
		QueryParams:     Values{"Token": {Mask}, "q": {"x", `{"password":"[redacted]"}`}},
		Headers:         Values{"Referer": {"https://a/b?x=1&to%6ben=[redacted]#access_token=[redacted]"}, "Link": {`<https://a?token=[redacted]>; rel="next"`}},
		ResponseHeaders: Values{"Location": {"/cb?page=1&token=[redacted]"}},
	}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Error(diff)
	}
}

func TestBodiesAreMasked(t *testing.T) {
	r := redactor(t, Redaction{JSONFields: []string{"password", "Card-No", "naïve", "user.pin"}, QueryParams: []string{"token"}, Patterns: []string{`\b\d{16}\b`}})
	for name, test := range map[string]struct{ contentType, content, want string }{
		"flat":               {"application/json", `{"user":"ada","password":"s3cret","n":1}`, `{"user":"ada","password":"[redacted]","n":1}`},
		"any case and space": {"", "{\"PassWord\" :\n \"s3cret\"}", "{\"PassWord\" :\n \"[redacted]\"}"},
		"deep":               {"", `[{"a":[{"password":["s3cret",{"x":"s3cret]}"}]},1]}]`, `[{"a":[{"password":"[redacted]"},1]}]`},
		"numbers and words":  {"", `{"password":12345,"card-no":null,"x":true}`, `{"password":0,"card-no":null,"x":true}`},
		"escaped name":       {"", `{"pass\u0077ord":"s3cret"}`, `{"pass\u0077ord":"[redacted]"}`},
		"other characters":   {"", `{"naïve":"s3cret","user.pin":"s3cret"}`, `{"naïve":"[redacted]","user.pin":"[redacted]"}`},
		"quotes in it":       {"", `{"password":"a\"b\\","x":1}`, `{"password":"[redacted]","x":1}`},
		"cut in the value":   {"", `{"password":"s3cr`, `{"password":"[redacted]"`},
		"cut in an object":   {"", `{"password":{"a":"s3cret","b":`, `{"password":"[redacted]"`},
		"cut before":         {"", `{"password":`, `{"password":`},
		"stray quote":        {"", `it is 5" long {"password":"s3cret"}`, `it is 5" long {"password":"[redacted]"}`},
		"lines":              {"application/x-ndjson", "{\"password\":\"s3cret\"}\n{\"password\":\"s3cret\"}\n", "{\"password\":\"[redacted]\"}\n{\"password\":\"[redacted]\"}\n"},
		"event":              {"text/event-stream", "data: {\"password\":\"s3cret\"}\n\n", "data: {\"password\":\"[redacted]\"}\n\n"},
		"JSON in a string":   {"", `{"a":"{\"password\":\"s3\\\"cret\",\"b\":1}","c":2}`, `{"a":"{\"password\":\"[redacted]\",\"b\":1}","c":2}`},
		"twice in a string":  {"", `"\"{\\\"password\\\":\\\"s3cret\\\",\\\"b\\\":1}\""`, `"\"{\\\"password\\\":\\\"[redacted]\\\",\\\"b\\\":1}\""`},
		"number in a string": {"", `{"a":"{\"password\":7}"}`, `{"a":"{\"password\":0}"}`},
		"GraphQL argument":   {"", `{"query":"mutation{login(password: \"s3cret\", a:1){id}}"}`, `{"query":"mutation{login(password: \"[redacted]\", a:1){id}}"}`},
		"GraphQL block":      {"application/graphql", `{login(password: """s3cret "x" """){id}}`, `{login(password: "[redacted]"){id}}`},
		"GraphQL variable":   {"", `query($password: String!){a(password:$password)}`, `query($password: String!){a(password:$password)}`},
		"only a value":       {"", `{"a":"password","b":"x"}`, `{"a":"password","b":"x"}`},
		"part of a name":     {"", `{"password_hint":"dog","passwords":"x"}`, `{"password_hint":"dog","passwords":"x"}`},
		"form":               {"application/x-www-form-urlencoded", "user=ada&pass%77ord=s3+cret&token=x", "user=ada&pass%77ord=[redacted]&token=[redacted]"},
		"form with JSON":     {"application/x-www-form-urlencoded", "payload=%7B%22password%22%3A%22s3cret%22%7D&a=%zz", "payload=%7B%22password%22%3A%22%5Bredacted%5D%22%7D&a=%zz"},
		"multipart": {
			"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ns3cret\r\n--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"password\"\r\n\r\nx\r\n--B--\r\n",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n[redacted]\r\n--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"password\"\r\n\r\nx\r\n--B--\r\n",
		},
		"multipart cut": {"multipart/form-data", "--B\r\nContent-Disposition: form-data; name=password\r\n\r\ns3c", "--B\r\nContent-Disposition: form-data; name=password\r\n\r\n[redacted]"},
		"pattern":       {"text/plain", "card 4111111111111111!", "card [redacted]!"},
		"binary":        {"application/octet-stream", "\x00\xff4111111111111111\xfe", "\x00\xff4111111111111111\xfe"},
		"nothing":       {"application/json", `{"a":1}`, `{"a":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "binary" {
				test.want = "\x00\xff" + Mask + "\xfe"
			}
			rec := Recording{
				Headers: Values{"content-type": {test.contentType}}, Body: Body{Content: []byte(test.content), Size: 9},
				ResponseHeaders: Values{"Content-Type": {test.contentType}}, ResponseBody: Body{Content: []byte(test.content)},
				Messages: []Message{{Body: Body{Content: []byte(`{"password":"s3cret"}`)}}},
			}
			r.Redact(&rec)
			for _, body := range []Body{rec.Body, rec.ResponseBody} {
				if diff := cmp.Diff(test.want, string(body.Content)); diff != "" {
					t.Error(diff)
				}
				if body.Redacted != (test.want != test.content) {
					t.Errorf("Redacted is %v", body.Redacted)
				}
			}
			if rec.Body.Size != 9 {
				t.Errorf("the size on the wire became %d", rec.Body.Size)
			}
			if string(rec.Messages[0].Body.Content) != `{"password":"[redacted]"}` {
				t.Errorf("the message is %s", rec.Messages[0].Body.Content)
			}
		})
	}
}

func compress(t testing.TB, encoding string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw deflate":
		w, err = flate.NewWriter(&b, 6)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	}
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompressedBodiesAreReadBeforeTheyAreMasked(t *testing.T) {
	r := redactor(t, Redaction{JSONFields: []string{"password"}, MaxDecodedBytes: 4096})
	plain := []byte(`{"password":"s3cret","x":"` + strings.Repeat("y", 1000) + `"}`)
	want := bytes.Replace(plain, []byte("s3cret"), []byte(Mask), 1)
	for _, encoding := range []string{"gzip", "deflate", "raw deflate", "br", "zstd"} {
		t.Run(encoding, func(t *testing.T) {
			header := Values{"Content-Encoding": {strings.TrimPrefix(encoding, "raw ")}}
			rec := Recording{ResponseHeaders: header, ResponseBody: Body{Content: compress(t, encoding, plain), Size: 7}}
			r.Redact(&rec)
			if diff := cmp.Diff(Body{Content: want, Size: 7, Redacted: true, Decoded: true}, rec.ResponseBody); diff != "" {
				t.Error(diff)
			}
			bomb := Recording{ResponseHeaders: header, ResponseBody: Body{Content: compress(t, encoding, make([]byte, 1<<20))}}
			r.Redact(&bomb)
			if b := bomb.ResponseBody; len(b.Content) != 4096 || !b.Truncated || !b.Decoded {
				t.Errorf("of a large body %d bytes stay, truncated %v", len(b.Content), b.Truncated)
			}
			broken := Recording{ResponseHeaders: header, ResponseBody: Body{Content: []byte("\x01\x02 not compressed s3cret")}}
			r.Redact(&broken)
			if bytes.Contains(broken.ResponseBody.Content, []byte("s3cret")) || !broken.ResponseBody.Truncated {
				t.Errorf("of a body that cannot be read stays %q", broken.ResponseBody.Content)
			}
		})
	}
	both := Recording{Headers: Values{"Content-Encoding": {"gzip, br"}}, Body: Body{Content: compress(t, "br", compress(t, "gzip", plain))}}
	r.Redact(&both)
	if string(both.Body.Content) != string(want) {
		t.Errorf("two encodings: %q", both.Body.Content)
	}
	cut := compress(t, "gzip", plain)
	truncated := Recording{Headers: Values{"Content-Encoding": {"gzip"}}, Body: Body{Content: cut[:len(cut)-9], Truncated: true}}
	r.Redact(&truncated)
	if !bytes.HasPrefix(want, truncated.Body.Content) || !truncated.Body.Truncated || len(truncated.Body.Content) == 0 {
		t.Errorf("cut off: %q", truncated.Body.Content)
	}
	unknown := Recording{Headers: Values{"Content-Encoding": {"rot13"}}, Body: Body{Content: []byte("f3perg"), Size: 6}}
	r.Redact(&unknown)
	if diff := cmp.Diff(Body{Size: 6, Truncated: true, Redacted: true}, unknown.Body); diff != "" {
		t.Error(diff)
	}
}

func TestABadRedactionIsRefusedByName(t *testing.T) {
	_, err := NewRedactor(Redaction{Headers: []string{""}, JSONFields: []string{"ok", strings.Repeat("x", 1001)}, Patterns: []string{"(", "a*", ""}})
	var fields []string
	for _, e := range validation.All(err) {
		fields = append(fields, e.Field)
	}
	if diff := cmp.Diff([]string{"headers[0]", "json_fields[1]", "patterns[0]", "patterns[1]", "patterns[2]"}, fields); diff != "" {
		t.Error(diff)
	}
}

const planted = "S3CRET-VALUE"

func FuzzNoSecretFieldIsLeftInABody(f *testing.F) {
	for _, prefix := range []string{`{`, `{"a":"`, `\`, `"password":`, `{"password":{"a":[`, `"password":"`, `{"a":"{\`, "pass\\u0077"} {
		f.Add(prefix, " plain", `}`, uint16(3))
	}
	r := redactor(f, DefaultRedaction())
	f.Fuzz(func(t *testing.T, prefix, extra, suffix string, cut uint16) {
		if strings.Contains(prefix+suffix, planted) {
			return
		}
		value, err := json.Marshal(planted + extra)
		if err != nil {
			return
		}
		content := prefix + `"password":` + string(value) + suffix
		for _, text := range []string{content, content[:len(content)-min(len(content), int(cut))]} {
			rec := Recording{Body: Body{Content: []byte(text)}}
			r.Redact(&rec)
			if bytes.Contains(rec.Body.Content, []byte(planted)) {
				t.Errorf("%q became %q", text, rec.Body.Content)
			}
		}
		embedded, _ := json.Marshal(map[string]string{"a": content})
		rec := Recording{Body: Body{Content: embedded}, Headers: Values{"Content-Type": {"application/json"}}}
		r.Redact(&rec)
		if bytes.Contains(rec.Body.Content, []byte(planted)) && !strings.ContainsAny(prefix, `\"`) {
			t.Errorf("within a string %q became %q", embedded, rec.Body.Content)
		}
		form := Recording{
			Body:    Body{Content: []byte(url.QueryEscape(prefix) + "=1&password=" + url.QueryEscape(planted+extra) + "&" + suffix)},
			Headers: Values{"Content-Type": {"application/x-www-form-urlencoded"}},
		}
		r.Redact(&form)
		if bytes.Contains(form.Body.Content, []byte(planted)) {
			t.Errorf("the form became %q", form.Body.Content)
		}
	})
}

func FuzzRedactSurvivesAnything(f *testing.F) {
	f.Add([]byte("--B\r\nname=password\r\n\r\n"), "multipart/form-data; boundary=B", "gzip")
	f.Add([]byte("a=%"), "application/x-www-form-urlencoded", "")
	r := redactor(f, Redaction{JSONFields: []string{"password", "é"}, QueryParams: []string{"token"}, Patterns: []string{"a.c"}})
	f.Fuzz(func(t *testing.T, content []byte, contentType, encoding string) {
		before := bytes.Clone(content)
		rec := Recording{Body: Body{Content: content}, Headers: Values{"Content-Type": {contentType}, "Content-Encoding": {encoding}, "X": {string(content)}}}
		r.Redact(&rec)
		if !bytes.Equal(before, content) {
			t.Error("the content was changed in place")
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	r := redactor(b, DefaultRedaction())
	content := []byte(`[` + strings.Repeat(`{"id":12345,"name":"a thing","passport":"x","tokens":["a","b"],"description":"it has \"quotes\" in it"},`, 9000) + `{}]`)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		rec := Recording{Body: Body{Content: content}}
		r.Redact(&rec)
	}
}
