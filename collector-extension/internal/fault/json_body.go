package fault

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxJSON is the size in bytes up to which a JSON body is read whole to be changed. Larger ones pass unharmed.
const maxJSON = 1 << 20

// changeJSON changes the JSON body of an answer. It reports whether it did: a body that is larger than maxJSON, compressed,
// a part of another (RFC 9110 section 15.3.7) or no JSON passes as it came, and so does one that change leaves alone (nil).
func changeJSON(response *http.Response, change func(document []byte) []byte) bool {
	// The ranges of a part are those of the whole as it is: it may be JSON by itself, such as a number's end.
	if response.StatusCode == http.StatusPartialContent {
		return false
	}
	if !hasBody(response) || response.ContentLength > maxJSON || !isIdentity(response.Header) || !isJSON(response.Header.Get("Content-Type")) {
		return false
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, maxJSON+1))
	rest := io.Reader(response.Body)
	if err != nil {
		// What the upstream broke off is broken off for the client, too.
		rest = failed{err}
	}
	if err == nil && len(document) <= maxJSON && json.Valid(document) {
		if changed := change(document); changed != nil {
			setLength(response, int64(len(changed)))
			describeAnew(response)
			response.Body = through{bytes.NewReader(changed), response.Body}
			return true
		}
	}
	response.Body = through{io.MultiReader(bytes.NewReader(document), rest), response.Body}
	return false
}

func isJSON(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// failed is the rest of a body that could not be read.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
