package recording

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const hashKey = "a key of 16 bytes and more"

func TestWhatIsDroppedIsNotThere(t *testing.T) {
	r := redactor(t, Redaction{
		QueryParams: []string{"token"}, JSONFields: []string{"password"}, FormFields: []string{"pin"}, Patterns: []string{"x+y"},
		Detectors: []string{"jwt", "credit_card"}, Action: "drop",
	})
	rec := Recording{
		Headers:     Values{"Authorization": {"Bearer x"}, "Location": {"/a?b=1&token=2"}, "Accept": {"a"}},
		QueryParams: Values{"token": {"1", "2"}, "q": {"x", "xxy"}},
	}
	r.Redact(&rec)
	want := Recording{Headers: Values{"Location": {"/a?b=1&"}, "Accept": {"a"}}, QueryParams: Values{"q": {"x", ""}}}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Error(diff)
	}
	for content, want := range map[string]string{
		`{"a":1,"password":"s3cret","b":2}`:         `{"a":1,"b":2}`,
		`{"password":{"x":"s3cret"}, "b":2}`:        `{"b":2}`,
		`{"a":1, "password":"s3cret"}`:              `{"a":1}`,
		`{"password":"s3cret"}`:                     `{}`,
		`{"a":"{\"b\":1,\"password\":\"s3cret\"}"}`: `{"a":"{\"b\":1}"}`,
		`{"a":1,"password":"s3cr`:                   `{"a":1`,
		`[{"password":1},{"password":2}]`:           `[{},{}]`,
		`{"pass\u0077ord":"s3cret","b":2}`:          `{"b":2}`,
		`login(password: "s3cret")`:                 `login(password: "[redacted]")`,
		`<a><password>s3cret</password></a>`:        `<a><password></password></a>`,
		"card 4111111111111111!":                    "card !",
	} {
		rec := Recording{Body: Body{Content: []byte(content)}}
		r.Redact(&rec)
		if string(rec.Body.Content) != want || !rec.Body.Redacted {
			t.Errorf("%s became %s, want %s", content, rec.Body.Content, want)
		}
	}
	form := Recording{Headers: Values{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: Body{Content: []byte("pin=1&a=2&password=3")}}
	r.Redact(&form)
	if string(form.Body.Content) != "a=2" {
		t.Errorf("the form became %s", form.Body.Content)
	}
	parts := "--B\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--B--\r\n"
	multipart := Recording{Headers: Values{"Content-Type": {"multipart/form-data; boundary=B"}}, Body: Body{Content: []byte(parts)}}
	r.Redact(&multipart)
	if got := string(multipart.Body.Content); got != "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n--B--\r\n" {
		t.Errorf("the form in parts became %q", got)
	}
}

func TestEqualSecretsHaveEqualHashesWhereverTheyAre(t *testing.T) {
	redaction := Redaction{
		Headers: []string{"x-user"}, QueryParams: []string{"user"}, JSONFields: []string{"user"}, FormFields: []string{"user"}, Patterns: []string{"ada.*da"},
		Detectors: []string{"email"}, Action: "hash", HashKey: hashKey,
	}
	r := redactor(t, redaction)
	values := map[string]string{}
	for name, rec := range map[string]Recording{
		"header":    {Headers: Values{"X-User": {`a"da@b.co`}}},
		"query":     {QueryParams: Values{"user": {`a"da@b.co`}}},
		"JSON":      {Body: Body{Content: []byte(`{"user":"a\"da@b.co"}`)}},
		"nested":    {Body: Body{Content: []byte(`{"x":"{\"user\":\"a\\\"da@b.co\"}"}`)}},
		"form":      {Headers: Values{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: Body{Content: []byte(`user=a%22da%40b.co`)}},
		"multipart": {Headers: Values{"Content-Type": {"multipart/form-data; boundary=B"}}, Body: Body{Content: []byte("--B\r\nContent-Disposition: form-data; name=user\r\n\r\na\"da@b.co\r\n--B--")}},
	} {
		r.Redact(&rec)
		text := string(rec.Body.Content)
		for _, list := range []Values{rec.Headers, rec.QueryParams} {
			for key, value := range list {
				if key != "Content-Type" {
					text += value[0]
				}
			}
		}
		begin := strings.Index(text, hashBegin)
		if begin < 0 || strings.Contains(text, "b.co") {
			t.Errorf("%s: %s", name, text)
			continue
		}
		values[text[begin:begin+len(hashBegin)+17]] += name + " "
	}
	if len(values) != 1 {
		t.Errorf("the hashes differ: %v", values)
	}
	other := redactor(t, Redaction{QueryParams: []string{"user"}, Action: "hash", HashKey: hashKey + "!"})
	rec := Recording{QueryParams: Values{"user": {`a"da@b.co`, "b"}}}
	other.Redact(&rec)
	if hash := rec.QueryParams["user"][0]; values[hash] != "" || !IsRedacted(hash) || hash == rec.QueryParams["user"][1] {
		t.Errorf("another key, another value: %v", rec.QueryParams)
	}
	again := Recording{QueryParams: Values{"user": {rec.QueryParams["user"][0]}}}
	if other.Redact(&again); again.QueryParams["user"][0] != rec.QueryParams["user"][0] {
		t.Errorf("a hash is hashed again: %v", again.QueryParams)
	}
}

func TestActionsAreChosenByName(t *testing.T) {
	redaction := DefaultRedaction()
	redaction.Detectors = append(redaction.Detectors, "email")
	redaction.Patterns, redaction.HashKey = []string{"internal-[a-z]+"}, hashKey
	redaction.Actions = map[string]string{"Authorization": "drop", "email": "hash", "password": "drop", "internal-[a-z]+": "drop"}
	rec := Recording{
		Headers: Values{"Authorization": {"x"}, "Cookie": {"a=b"}},
		Body:    Body{Content: []byte(`{"password":"x","token":"y","by":"ada@b.co","host":"internal-db.example"}`)},
	}
	redactor(t, redaction).Redact(&rec)
	if diff := cmp.Diff(Values{"Cookie": {"a=" + Mask}}, rec.Headers); diff != "" {
		t.Error(diff)
	}
	got := string(rec.Body.Content)
	if !strings.HasPrefix(got, `{"token":"[redacted]","by":"[hash:`) || !strings.HasSuffix(got, `]","host":".example"}`) {
		t.Error(got)
	}
}

func TestABadActionIsRefusedByName(t *testing.T) {
	for field, redaction := range map[string]Redaction{
		"action":            {Action: "burn"},
		"actions.cookie":    {Actions: map[string]string{"cookie": "burn"}},
		"actions.unknown":   {Actions: map[string]string{"unknown": "drop"}},
		"hash_key":          {Action: "hash"},
		"detectors[1]":      {Detectors: []string{"jwt", "iban"}},
		"form_fields[0]":    {FormFields: []string{" "}},
		"query_params[0]":   {QueryParams: []string{""}},
		"actions.jwt":       {Actions: map[string]string{"jwt": "drop"}},
		"hash_key ":         {HashKey: "too short"},
		"actions.set-cooki": {Actions: map[string]string{"set-cooki": "hash"}, HashKey: hashKey},
	} {
		_, err := NewRedactor(redaction)
		problems := validation.All(err)
		if len(problems) != 1 || problems[0].Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
		if err != nil && strings.Contains(err.Error(), "too short") {
			t.Errorf("the error tells the key: %v", err)
		}
	}
}
