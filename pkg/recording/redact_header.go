package recording

// headerForms replaces secrets in headers, and in the bytes that their forms have of them: what is masked in one is in the other.
func (r *Redactor) headerForms(rec *Recording) {
	rec.Headers, rec.HeaderForm = r.headerForm(rec.Headers, rec.HeaderForm, rec.Host)
	rec.ResponseHeaders, rec.ResponseHeaderForm = r.headerForm(rec.ResponseHeaders, rec.ResponseHeaderForm, "")
}

// headerForm works on the bytes that were sent, and makes the form anew where any are replaced.
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
