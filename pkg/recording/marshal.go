package recording

import (
	"encoding/json"
	"errors"
)

// Marshal gives the JSON of r. It has what json.Marshal gives, in another order, and takes about half as long: package json checks and
// copies once more what MarshalJSON gives, as headers and bodies do.
func Marshal(r *Recording) ([]byte, error) {
	return json.Marshal(flattened{
		Recording:       r,
		QueryParams:     r.QueryParams.AsText(),
		Headers:         r.Headers.AsText(),
		Body:            r.Body.json(),
		ResponseHeaders: r.ResponseHeaders.AsText(), ResponseTrailers: r.ResponseTrailers.AsText(), ResponseBody: r.ResponseBody.json(),
	})
}

// Unmarshal reads the JSON of a recording, as json.Unmarshal does, in less time.
func Unmarshal(text []byte) (r Recording, err error) {
	f := flattened{Recording: &r}
	if err := json.Unmarshal(text, &f); err != nil {
		return Recording{}, err
	}
	r.QueryParams, r.Headers, r.ResponseHeaders, r.ResponseTrailers = f.QueryParams, f.Headers, f.ResponseHeaders, f.ResponseTrailers
	return r, errors.Join(r.Body.fromJSON(f.Body), r.ResponseBody.fromJSON(f.ResponseBody))
}

// flattened is a recording in which what has a MarshalJSON is replaced by what that is made of: fields of the same name hide those of
// Recording.
type flattened struct {
	*Recording
	QueryParams      map[string][]string `json:"query_params,omitempty"`
	Headers          map[string][]string `json:"headers,omitempty"`
	Body             bodyJSON            `json:"body"`
	ResponseHeaders  map[string][]string `json:"response_headers,omitempty"`
	ResponseTrailers map[string][]string `json:"response_trailers,omitempty"`
	ResponseBody     bodyJSON            `json:"response_body"`
}
