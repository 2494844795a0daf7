package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// plantedSecrets are what must not be found again, by how it is told: by what is before it, or by its own look.
var plantedSecrets = []struct{ name, secret string }{
	{"password", "S3CRET-VALUE"},
	{"token", "S3CRET-VALUE"},
	{"note", "Bearer S3CRET.0123-x"},
	{"note", "Basic " + somePair},
	{"note", someJWT},
	{"note", someJWE},
	{"note", "4111 1111 1111 1111"},
	{"note", "5500000000000004"},
	{"note", "https://ada:s3cret@host/"},
	{"note", "PAT-123456"},
	{"note", "ada.b@example.com"},
	{"note", "192.168.17.4"},
	{"note", "2001:db8::17:4"},
}

// bare returns what of a planted text is the secret itself.
func bare(secret string) string {
	secret = strings.TrimPrefix(strings.TrimPrefix(secret, "Bearer "), "Basic ")
	if strings.HasPrefix(secret, "https://") {
		return "ada:s3cret"
	}
	return secret
}

// plant puts a named value into a body of a media type.
func plant(kind uint8, name, value string, levels uint8) (body, contentType string) {
	object := map[string]any{"a": 1, name: value, "z": []string{"x"}}
	encoded, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	for range levels % 4 {
		if encoded, err = json.Marshal(map[string]any{"in": string(encoded), "more": true}); err != nil {
			panic(err)
		}
	}
	switch kind % 9 {
	case 0:
		return string(encoded), "application/json"
	case 1:
		return string(encoded) + "\n" + string(encoded) + "\n", "application/x-ndjson"
	case 2:
		return "event: x\ndata: " + string(encoded) + "\n\n", "text/event-stream"
	case 3:
		return "a=1&" + name + "=" + url.QueryEscape(value) + "&z=" + url.QueryEscape(string(encoded)), "application/x-www-form-urlencoded"
	case 4:
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n--B\r\nContent-Disposition: form-data; name=\"j\"\r\n\r\n" + string(encoded) + "\r\n--B--\r\n", "multipart/form-data; boundary=B"
	case 5:
		return "<a " + name + "=\"" + value + "\"><x:" + name + " b='c>d'>" + value + "</x:" + name + "></a>", "application/xml"
	case 6:
		return `{"query":"mutation($` + name + `: String) { f(` + name + `: \"` + value + `\") }","variables":` + string(encoded) + `}`, "application/json"
	case 7:
		return name + ": \"" + value + "\"\n" + name + "=\"" + value + "\"\n", "text/plain"
	}
	return "\x00\xff" + name + "\"" + ":\"" + value + "\"\xfe", "application/octet-stream"
}

func FuzzAPlantedSecretReachesNeitherRecordingNorExport(f *testing.F) {
	for i := range plantedSecrets {
		for kind := range uint8(9) {
			f.Add(uint8(i), kind, uint8(i), kind, uint16(0), `{"x":"y`, `"}`)
		}
		f.Add(uint8(i), uint8(0), uint8(0), uint8(0), uint16(20), "", "")
	}
	mask := DefaultRedaction()
	mask.Detectors, mask.Patterns = detectorNames[:], []string{`PAT-\d+`}
	hash, drop := mask, mask
	hash.Action, hash.HashKey, drop.Action = "hash", hashKey, "drop"
	redactors := []*Redactor{redactor(f, mask), redactor(f, hash), redactor(f, drop)}
	encodings := []string{"", "gzip", "deflate", "br", "zstd"}
	f.Fuzz(func(t *testing.T, which, kind, levels, encoding uint8, cut uint16, before, after string) {
		p := plantedSecrets[int(which)%len(plantedSecrets)]
		if strings.Contains(before+after, bare(p.secret)) {
			return
		}
		body, contentType := plant(kind, p.name, p.secret, levels)
		if kind%9 != 4 { // what stands around is no form in parts
			body = before + "\n" + body + "\n" + after
		}
		truncated := cut > 0
		content := []byte(body[:len(body)-min(len(body), int(cut))])
		contentEncoding := encodings[int(encoding)%len(encodings)]
		size := int64(len(body))
		if contentEncoding != "" {
			content = compress(t, contentEncoding, content)
		}
		header := Values{"Content-Type": {contentType}, "X-Note": {p.secret, before}, "Authorization": {p.secret}, "Referer": {"https://h/?b=1&token=" + url.QueryEscape(p.secret)}}
		if contentEncoding != "" {
			header["Content-Encoding"] = []string{contentEncoding}
		}
		if p.name != "note" {
			delete(header, "X-Note")
		}
		rec := Recording{
			ID: uuid.UUID{6: 0x70, 8: 0x80}, Protocol: HTTP, Gateway: "g", Method: "POST", Path: "/a", Host: "h", Headers: header, ResponseHeaders: header,
			QueryParams: Values{p.name: {p.secret}}, Target: Target("/a?x=%20&" + p.name + "=" + url.QueryEscape(p.secret) + "&y"), Body: Body{Content: content, Size: size, Truncated: truncated}, ResponseTrailers: header,
			ResponseBody: Body{Content: content, Size: size, Truncated: truncated}, ResponseStatus: 200,
			Messages: []Message{{Direction: "in", Kind: "text", Body: Body{Content: []byte(before + "\n" + `{"` + p.name + `":"` + p.secret + `"}`)}}},
		}
		if p.name == "note" {
			rec.Failure, rec.Path = "dial: "+p.secret, "/x/"+p.secret+"/"
			rec.Target, rec.QueryParams = Target("/x/"+url.PathEscape(p.secret)+"/?"+url.QueryEscape(p.secret)), Values{p.secret: {""}}
		}
		for i, r := range redactors {
			clean := rec
			r.Redact(&clean)
			check := func(where string, content []byte) {
				if at := bytes.Index(content, []byte(bare(p.secret))); at >= 0 {
					t.Errorf("%s (action %d) has a secret: %q\nof %q", where, i, content[max(0, at-60):min(len(content), at+80)], body)
				}
			}
			check("the body", clean.Body.Content)
			check("the answer", clean.ResponseBody.Content)
			check("the message", clean.Messages[0].Body.Content)
			stored, err := json.Marshal(&clean) // as in the spool
			if err != nil {
				t.Fatal(err)
			}
			check("the recording", stored)
			for _, format := range Formats() {
				var b bytes.Buffer
				if err := format.Write(&b, sequence(clean, clean)); err != nil {
					t.Fatal(err)
				}
				check(format.Name, b.Bytes())
				if raw := base64.StdEncoding.EncodeToString([]byte(bare(p.secret))); bytes.Contains(b.Bytes(), []byte(raw[:len(raw)-4])) && raw[:4] != somePair[:4] {
					t.Errorf("%s has it in base64", format.Name)
				}
			}
		}
	})
}

// BenchmarkRedactBodies is by what a body is: most have no secret, and some are full of what looks like one.
func BenchmarkRedactBodies(b *testing.B) {
	r := redactor(b, DefaultRedaction())
	for name, content := range map[string]string{
		"json":    `{"id":12345,"name":"a thing","passport":"x","tokens":["a","b"],"description":"it has \"quotes\" in it"},`,
		"numbers": `{"at":1764110252123456789,"amount":1234567890123,"list":[1,22,333,4444444444444444]},`,
		"html":    `<div class="row"><a href="https://example.com/?page=2">Sequence</a><p>basic research, early bearer</p></div>`,
		"secrets": `{"password":"s3cret","auth":"Bearer abcdef0123456789","card":"4111111111111111","jwt":"` + someJWT + `"},`,
		"text":    "2026-11-23 12:00:00 INFO GET /orders/123 took=12ms user=ada status=200\n",
		"binary":  "\x00\x01\x02\xff\xfe\x80:\x00\"\x04\x10=\x7f<\x01e\x03b\x00",
	} {
		b.Run(name, func(b *testing.B) {
			body := []byte(strings.Repeat(content, 1<<20/len(content)))
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				rec := Recording{Body: Body{Content: body}}
				r.Redact(&rec)
			}
		})
	}
}

// BenchmarkRedactSmall is an exchange as most are.
func BenchmarkRedactSmall(b *testing.B) {
	r := redactor(b, DefaultRedaction())
	rec := Recording{
		Headers:     Values{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "User-Agent": {"curl/8.5.0"}, "Authorization": {"Bearer abc"}, "X-Consumer": {"web"}},
		QueryParams: Values{"page": {"2"}}, Target: "/orders/123/items?page=2", Path: "/orders/123/items", Route: "/orders/{id}/items", Consumer: "web", ClientIP: "127.0.0.1", Host: "shop:8080",
		Body:            Body{Content: []byte(`{"user":"ada","item":7,"note":"please"}`)},
		ResponseHeaders: Values{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}},
		ResponseBody:    Body{Content: []byte(`{"id":123,"items":[{"sku":"a","price":12.5},{"sku":"b","price":1}],"total":13.5}`)},
	}
	b.ReportAllocs()
	for b.Loop() {
		clean := rec
		r.Redact(&clean)
	}
}

// BenchmarkRedactAnswer is an exchange with nothing in it but an answer of one long word.
func BenchmarkRedactAnswer(b *testing.B) {
	r := redactor(b, DefaultRedaction())
	rec := Recording{
		Headers: Values{"User-Agent": {"Go-http-client/1.1"}}, Consumer: "Go-http-client/1.1 127.0.0.1", ClientIP: "127.0.0.1", Host: "127.0.0.1:8080",
		Target: "/users/7", Path: "/users/7", Route: "/users/{id}",
		ResponseHeaders: Values{"Content-Type": {"application/json"}, "Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}, "Content-Length": {"1024"}},
		ResponseBody:    Body{Content: []byte(`{"name":"` + strings.Repeat("x", 1013) + `"}`), Size: 1024},
	}
	b.ReportAllocs()
	for b.Loop() {
		clean := rec
		r.Redact(&clean)
	}
}
