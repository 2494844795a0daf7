package api

// tooLong is the error of a query that was given up.
type tooLong struct{}

func (tooLong) Error() string {
	return "the query took too long: choose a shorter time range, or add a condition such as a route"
}

// Is reports whether target is ErrUnavailable: so a caller that asks only whether to try again needs to know no other error.
func (tooLong) Is(target error) bool { return target == ErrUnavailable }
