package stream

// Limit ends a body in front of a message whose payload is larger than Max. Exceeded is called at it, and returns the error that
// ends the body.
type Limit struct {
	Max      int64
	Exceeded func() error
}

// Piece passes pieces of messages within the limit on.
func (l *Limit) Piece(p Piece, content []byte, next Next) error {
	if p.Begins && p.Length > l.Max {
		return l.Exceeded()
	}
	next(p, content)
	return nil
}
