package api

// tooLong is the error of a query that was given up.
type tooLong struct{}

func (tooLong) Error() string {
	return "the query took too long: choose a shorter time range, or add a condition such as a route"
}

// Is lets a caller that only asks whether it may be tried again find an ErrUnavailable.
func (tooLong) Is(target error) bool { return target == ErrUnavailable }
