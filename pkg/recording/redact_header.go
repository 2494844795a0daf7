package recording

import "strings"

// headersRead is what the rest of a recording has to know of headers, and whether any of them has to be replaced.
type headersRead struct {
	contentType, contentEncoding string
	// tellsConsumer reports whether a secret one has what tells the consumer.
	tellsConsumer, changes bool
}

// read goes through headers once: most have nothing to replace. Their form may have bytes, in which more can be found.
func (r *Redactor) read(headers Values, form HeaderForm, consumer string) headersRead {
	read := headersRead{changes: strings.IndexByte(string(form), ':') >= 0}
	for name, list := range headers {
		if len(list) == 0 {
			continue
		}
		switch {
		case len(name) == len("content-type") && read.contentType == "" && strings.EqualFold(name, "content-type"):
			read.contentType = strings.Join(list, ", ")
		case len(name) == len("content-encoding") && read.contentEncoding == "" && strings.EqualFold(name, "content-encoding"):
			read.contentEncoding = strings.Join(list, ", ")
		}
		_, secret := r.headers.find(name)
		for _, value := range list {
			switch {
			case secret:
				read.changes = true
				read.tellsConsumer = read.tellsConsumer || consumer != "" && isConsumer(value, consumer)
			case !read.changes:
				read.changes = !isText(value) || r.address(value) != value
			}
		}
	}
	return read
}

// headerForm replaces secrets in headers, and in the bytes that their form has of them: what is masked in one is in the other. It works
// on the bytes that were sent, and makes the form anew where any are replaced.
func (r *Redactor) headerForm(values Values, form HeaderForm, host string) (Values, HeaderForm) {
	values, changed := r.header(form.exact(values))
	if changed && form != "" {
		form = formOf(values, host, form.names())
	}
	return values, form
}

func (r *Redactor) header(values Values) (clean Values, changed bool) {
	return r.values(values, r.headerValue)
}

// headerValue replaces secrets in a value, as the bytes that it is and as the text that it is stored as: detectors and patterns
// may find them in one only.
func (r *Redactor) headerValue(name, value string) (clean string, keep bool) {
	clean, keep = r.headerText(name, value)
	if !keep || isText(clean) {
		return clean, keep
	}
	text := AsText(clean)
	if again, keep := r.headerText(name, text); !keep || again != text {
		return again, keep
	}
	return clean, true
}

func (r *Redactor) headerText(name, value string) (clean string, keep bool) {
	if rule, secret := r.headers.find(name); secret {
		return r.headerReplacement(rule.action, name, value), rule.action != dropped
	}
	return r.address(value), true
}
