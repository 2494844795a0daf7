package recording

import "testing"

// FuzzAGlanceMissesNoSecret has each detector on alone, so that none hides behind another.
func FuzzAGlanceMissesNoSecret(f *testing.F) {
	for _, p := range plantedSecrets {
		f.Add(p.secret)
		f.Add("x " + p.secret + "\n")
	}
	for _, text := range []string{
		"", "/users/7", "Go-http-client/1.1", "Mon, 02 Jan 2006 15:04:05 GMT", "bearer+abcdef0123456789", "BASIC%20" + somePair, "http:\\/\\/ada:b@h", "::1", "a@b.co",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, name := range detectorNames {
			d := detectors{any: true}
			d.on[i] = true
			if found := d.find([]byte(text), false); len(found) > 0 && !d.mayFind(text, glanceAt(text)) {
				t.Errorf("%s finds %v in %q, a glance does not", name, found, text)
			}
		}
	})
}

func TestAGlanceIsEnoughForWhatMostExchangesHave(t *testing.T) {
	r := redactor(t, DefaultRedaction())
	for _, text := range []string{"/users/7", "GET", "application/json", "Go-http-client/1.1", "curl/8.5.0", "127.0.0.1", "Mon, 02 Nov 2026 15:04:05 GMT", "1024"} {
		if r.detectors.mayFind(text, glanceAt(text)) {
			t.Errorf("%q is searched", text)
		}
	}
}

// FuzzAGlanceMissesNoName holds the glance at the names in a text against what finds them.
func FuzzAGlanceMissesNoName(f *testing.F) {
	for _, c := range carriers {
		f.Add(c.carry("accessToken", planted))
		f.Add(c.carry("cvv2", planted))
	}
	for _, text := range []string{"password2: x y", "a=1&key=2", "?sig=x", `"token" : "x"`, "token:\n  x", "--token x", "user[password]=x", "'otp': 'x'"} {
		f.Add(text)
	}
	r := redactor(f, DefaultRedaction())
	f.Fuzz(func(t *testing.T, text string) {
		if r.mayBeNamed(text, glanceAt(text)) {
			return
		}
		if got := string(r.named([]byte(text))); got != text {
			t.Errorf("%q becomes %q, a glance finds nothing", text, got)
		}
	})
}
