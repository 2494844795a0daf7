package recording

import (
	"cmp"
	"encoding/base64"
	"net/http"
)

func harResponseOf(r *Recording) harResponse {
	response := harResponse{
		Status: r.ResponseStatus, StatusText: http.StatusText(r.ResponseStatus), HTTPVersion: harVersion(r), Cookies: []harCookie{},
		Headers: harHeaders(r.ResponseHeaderLines()), RedirectURL: first(r.ResponseHeaders, "location"), HeadersSize: -1, BodySize: r.ResponseBody.Size,
		Content: harContent{Size: r.ResponseBody.Size, MimeType: cmp.Or(first(r.ResponseHeaders, "content-type"), "x-unknown"), Comment: bodyComment(r.ResponseBody)},
		Error:   r.Failure,
	}
	for _, line := range valuesOf(r.ResponseHeaders, "set-cookie") {
		if c, err := http.ParseSetCookie(line); err == nil {
			cookie := harCookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HttpOnly, Secure: c.Secure}
			if !c.Expires.IsZero() {
				cookie.Expires = &c.Expires
			}
			response.Cookies = append(response.Cookies, cookie)
		}
	}
	if content := r.ResponseBody.Content; len(content) > 0 {
		if text, ok := r.ResponseBody.Text(); ok {
			response.Content.Text = text
		} else {
			response.Content.Text, response.Content.Encoding = base64.StdEncoding.EncodeToString(content), "base64"
		}
		if r.ResponseBody.Decoded && !r.ResponseBody.Truncated {
			response.Content.Size = int64(len(content))
			response.Content.Compression = response.Content.Size - r.ResponseBody.Size
		}
	}
	return response
}

// harTimingsOf divides the whole time: until the first byte is waiting, the rest is receiving. All together are entry.time.
func harTimingsOf(r *Recording) harTimings {
	wait := r.ResponseTimeMS
	if r.FirstByteMS != nil {
		wait = min(max(0, *r.FirstByteMS), r.ResponseTimeMS)
	}
	return harTimings{Wait: wait, Receive: r.ResponseTimeMS - wait}
}
