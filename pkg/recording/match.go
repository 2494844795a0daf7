package recording

// Matches reports whether r meets every condition of f, with the same meaning as in the database. It needs r whole: Text
// is not found in bodies that a page left out. It reports false for a filter that Validate refuses.
func (f *Filter) Matches(r *Recording) bool { return f.Matcher()(r) }

// Matcher is Matches for many recordings: what f says is prepared once. f must not change meanwhile.
func (f *Filter) Matcher() func(*Recording) bool {
	asked := f.Asked()
	all := make([]func(*Recording) bool, len(asked))
	for i, a := range asked {
		all[i] = a.Form.matcher()
	}
	return func(r *Recording) bool {
		for _, holds := range all {
			if !holds(r) {
				return false
			}
		}
		return true
	}
}
