package stream

// Tap tells the messages apart of what is written to it, for handlers that only look on.
type Tap struct {
	split   Splitter
	handler Handler
	held    [maxUndecided]byte
	have    int
}

// NewTap returns a tap that hands pieces to h.
func NewTap(split Splitter, h Handler) *Tap { return &Tap{split: split, handler: h} }

// Feed takes the next bytes.
func (t *Tap) Feed(p []byte) {
	if t.have > 0 {
		n := copy(t.held[t.have:], p)
		have := t.have
		t.have = 0
		taken := t.pieces(t.held[:have+n])
		if taken < have {
			t.have = have + n // All of p is in it.
			return
		}
		p = p[taken-have:]
	}
	if rest := p[t.pieces(p):]; len(rest) > 0 {
		t.have = copy(t.held[:], rest)
	}
}

// pieces hands on what can be told of p, and returns how much of it that was.
func (t *Tap) pieces(p []byte) (taken int) {
	for taken < len(p) {
		piece, more := t.split.Next(p[taken:])
		if more {
			break
		}
		_ = t.handler.Piece(piece, p[taken:taken+piece.Size], func(Piece, []byte) {})
		taken += piece.Size
	}
	return taken
}

// End is called when nothing more comes.
func (t *Tap) End() {
	if t != nil && t.split.End() {
		_ = t.handler.Piece(Piece{Inside: true, Ends: true, Form: true}, nil, func(Piece, []byte) {})
	}
}
