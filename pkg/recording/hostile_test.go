package recording

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// hostile returns requests whose every part tries to leave the quotes that an export puts it into.
func hostile() []Recording {
	bodies := []string{
		`{"a":"b'c\"d"}`, "'; touch /tmp/owned; '", "$(touch x) `touch x` ${HOME} $$ !! \\", "\"); throw new Error('x'); (\"", "line\r\nline\u2028line\u2029</script><!--",
		"\x00\x01\xff binary", "@/etc/passwd", "'''", "- a: &x !!binary |\n  b\n\t\x7f#{{ .Secrets }}\n", "  leading\n\n trailing \n", "",
		"${env:MOCKFORGE_DSN} $${env:HOME} ${file:/etc/passwd}",
	}
	var list []Recording
	for i, body := range bodies {
		list = append(list, Recording{
			ID: uuid.UUID{6: 0x70, 8: 0x80, 15: byte(i)}, Timestamp: time.Date(2026, 11, 23, 12, 0, i, 0, time.UTC), Protocol: HTTP, Gateway: "shop",
			Consumer: "a::b';\"\n" + body, TraceID: fmt.Sprint("trace'\n\"", i/2), Method: []string{"POST", "PUT", "X'Y"}[i%3], Scheme: "http", Host: "shop.example",
			Path: "/it's/" + body, Route: "/`${x}`\n" + body, QueryParams: Values{"q'\"": {body, "2"}, "$(x)": {"&="}, "token": {Mask}},
			Headers: Values{"X-Quote": {"a'b\"c`d$(e)\\"}, "X-Empty": {""}, "X-Twice": {"1", "2"}, "Authorization": {Mask}, "Bad Name": {"x"}, "X-Break": {"a\r\nb"}, "Connection": {"close"}},
			Body:    Body{Content: []byte(body), Size: int64(len(body))}, ResponseStatus: 200 + i%3, ResponseTimeMS: 100,
			ResponseHeaders: Values{"Content-Type": {"text/plain; x='\"${env:HOME}"}, "X-Multi": {"1", "2"}, "Set-Cookie": {Mask}, "Date": {"x"}},
			ResponseBody:    Body{Content: []byte(body), Size: int64(len(body))},
		})
	}
	return list
}
