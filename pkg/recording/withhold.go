package recording

import (
	"reflect"
	"slices"
)

// Withhold takes the contents out of r: bodies, messages, headers, trailers and the parameters of the query. What tells the
// exchange apart from others stays (path, also that of the target, route, operation, consumer), and so do sizes and times. r then says in Withheld
// what is not there; what it shares with others is not changed.
func (r *Recording) Withhold() {
	gone := func(name string, there bool) {
		if there {
			r.Withheld = append(r.Withheld, name)
		}
	}
	r.Withheld = nil
	_, hasQuery := r.Target.query()
	gone("query_params", len(r.QueryParams) > 0 || hasQuery)
	gone("headers", len(r.Headers) > 0)
	gone("header_form", r.HeaderForm != "")
	gone("body", r.Body.Size > 0 || len(r.Body.Content) > 0)
	gone("response_headers", len(r.ResponseHeaders) > 0)
	gone("response_header_form", r.ResponseHeaderForm != "")
	gone("response_trailers", len(r.ResponseTrailers) > 0)
	gone("response_body", r.ResponseBody.Size > 0 || len(r.ResponseBody.Content) > 0)
	gone("messages", len(r.Messages) > 0)
	r.QueryParams, r.Headers, r.ResponseHeaders, r.ResponseTrailers, r.Messages = nil, nil, nil, nil, nil
	r.HeaderForm, r.ResponseHeaderForm = "", ""
	r.Target = Target(r.Target.Path())
	r.Body.Content, r.ResponseBody.Content = nil, nil
}

// OfContents names the conditions of f that look into what Withhold takes out, by their JSON names: whoever may not read
// that could else find it out letter by letter.
func (f *Filter) OfContents() []string {
	var names []string
	if f == nil {
		return nil
	}
	for _, c := range conditions {
		if c.OfContents {
			names = append(names, slices.DeleteFunc(slices.Clone(c.Fields), func(name string) bool { return !f.gives(name) })...)
		}
	}
	for _, name := range f.Not.OfContents() {
		names = append(names, "not."+name)
	}
	return names
}

// WithoutContents returns f without the conditions that OfContents names, for showing it.
func (f Filter) WithoutContents() Filter {
	for _, c := range conditions {
		if c.OfContents {
			for _, name := range c.Fields {
				reflect.ValueOf(&f).Elem().Field(fieldIndex[name]).SetZero()
			}
		}
	}
	if f.Not != nil {
		not := f.Not.WithoutContents()
		f.Not = &not
	}
	return f
}
