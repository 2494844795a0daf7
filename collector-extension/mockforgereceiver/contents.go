package mockforgereceiver

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The attributes of contents, where they are included. Of bodies each begins with attributeRequestBody or attributeResponseBody; those of
// messages are the same in each element of attributeMessages.
const (
	attributeRequestBody  = "mockforge.request.body."
	attributeResponseBody = "mockforge.response.body."
	attributeMessages     = "mockforge.stream.messages"
	// keyContent is text, or base64 where keyEncoding says so. keyTruncated is there where it is not the whole of it, keyRedacted where
	// secrets in it were masked.
	keyContent   = "content"
	keyEncoding  = "encoding"
	keyTruncated = "truncated"
	keyRedacted  = "redacted"

	directionIn = "in"
)

// putContents adds what r has of contents: messages where a direction has some, else its body. Each body has limit bytes at most, and so
// have all messages together.
func putContents(attributes pcommon.Map, r *recording.Recording, limit int) {
	in, out := messages(r)
	if in == 0 && r.Body.Size > 0 {
		putBody(attributes, attributeRequestBody, r.Body, limit)
	}
	if out == 0 && r.ResponseBody.Size > 0 {
		putBody(attributes, attributeResponseBody, r.ResponseBody, limit)
	}
	if in+out == 0 {
		return
	}
	list := attributes.PutEmptySlice(attributeMessages)
	list.EnsureCapacity(in + out)
	for i := range r.Messages {
		m := &r.Messages[i]
		one := list.AppendEmpty().SetEmptyMap()
		one.PutStr("direction", m.Direction)
		one.PutStr("kind", m.Kind)
		one.PutDouble("offset_ms", m.OffsetMS)
		one.PutInt("size", m.Body.Size)
		limit -= putBody(one, "", m.Body, limit)
	}
}

// putBody adds up to limit bytes of b, and returns how many they are.
func putBody(to pcommon.Map, prefix string, b recording.Body, limit int) int {
	if len(b.Content) > limit {
		b.Content, b.Truncated = b.Content[:limit], true
	}
	if content, isText := b.Text(); isText {
		to.PutStr(prefix+keyContent, content)
	} else {
		to.PutStr(prefix+keyContent, base64.StdEncoding.EncodeToString(b.Content))
		to.PutStr(prefix+keyEncoding, "base64")
	}
	if b.Truncated {
		to.PutBool(prefix+keyTruncated, true)
	}
	if b.Redacted {
		to.PutBool(prefix+keyRedacted, true)
	}
	return len(b.Content)
}

// cut returns at most limit bytes of a text, without half a character.
func cut(value string, limit int) string {
	if len(value) <= limit {
		return value
	}
	for limit > 0 && !utf8.RuneStart(value[limit]) {
		limit--
	}
	return strings.Clone(value[:limit])
}
