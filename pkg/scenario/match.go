package scenario

// Matcher is a compiled Target, for what matches exchanges apart from rules. It is safe for use by any number of
// goroutines.
type Matcher struct{ matcher matcher }

// NewMatcher compiles a target. The error joins one *validation.Error per condition that is wrong.
func NewMatcher(t Target) (Matcher, error) {
	if err := t.Validate(); err != nil {
		return Matcher{}, err
	}
	m, err := compileTarget(t, "")
	return Matcher{m}, err
}

// Match reports whether all conditions of the target hold. It allocates nothing, except where a query is percent-encoded and
// the target asks for it.
func (m *Matcher) Match(x *Exchange) bool { return m.matcher.match(x) }
