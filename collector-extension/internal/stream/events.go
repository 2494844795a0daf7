package stream

import "bytes"

// Events tells server-sent events apart (WHATWG HTML, sections 9.2.5 and 9.2.6). A line ends with a line feed, a carriage return, or
// both; an empty line ends an event, if one of its lines has data. Lines before the first field, such as the comments that keep
// connections alive, are of no event, nor is the mark at the start that says that the text is UTF-8.
type Events struct {
	// started is how much of the mark was met, or more than there is once the first line has begun.
	started int
	// inBlock reports whether there was a field since the last empty line, and sure whether one of those has data.
	inBlock, sure bool
	line          eventLine
	// name is how long the name of the present line is so far, and isData whether it may be that of data.
	name   int
	isData bool
	// carriage reports whether a carriage return came last, to whose end of line a line feed belongs, and pairs whether the line
	// before ended with both. blank reports whether that carriage return ended an empty line, of an event where ofEvent is set.
	carriage, pairs, blank, ofEvent bool
}

// eventLine is where in a line of a stream of events something is.
type eventLine int

const (
	lineStart eventLine = iota
	lineComment
	lineName
	lineValue
)

const (
	byteOrderMark = "\xef\xbb\xbf"
	dataField     = "data"
)

// Next returns the first piece of p.
func (e *Events) Next(p []byte) (Piece, bool) {
	if e.started < len(byteOrderMark) {
		if n := e.mark(p); n > 0 {
			return Piece{Size: n}, false
		}
	}
	c := p[0]
	switch {
	case e.carriage && c == '\n':
		return e.lineFeed(), false
	case e.carriage && e.blank && e.ofEvent:
		// The line feed of an event whose lines end with both was waited for in vain.
		e.carriage, e.blank, e.ofEvent, e.pairs = false, false, false, false
		return Piece{Inside: true, Ends: true, Form: true}, false
	case e.carriage:
		e.carriage, e.blank, e.pairs = false, false, false
	}
	if c == '\n' || c == '\r' {
		return e.lineEnd(p), false
	}
	return e.text(p), false
}

// End reports whether a carriage return at the end of the body has ended an event.
func (e *Events) End() bool { return e.carriage && e.blank && e.ofEvent }

// mark returns how much of p is of the mark at the start.
func (e *Events) mark(p []byte) (n int) {
	for n < len(p) && e.started < len(byteOrderMark) {
		if p[n] != byteOrderMark[e.started] {
			if e.started > 0 {
				// It was the beginning of a name that nobody knows.
				e.line, e.inBlock = lineName, false
			}
			e.started = len(byteOrderMark) + 1
			return n
		}
		n++
		e.started++
	}
	return n
}

// lineFeed returns the one behind a carriage return.
func (e *Events) lineFeed() Piece {
	piece := Piece{Size: 1, Inside: e.inBlock}
	if e.blank {
		piece.Inside, piece.Ends, piece.Form = e.ofEvent, e.ofEvent, true
	}
	e.carriage, e.blank, e.ofEvent, e.pairs = false, false, false, true
	return piece
}

// lineEnd returns the end of a line, with which p begins.
func (e *Events) lineEnd(p []byte) Piece {
	empty, pair := e.line == lineStart, len(p) > 1 && p[0] == '\r' && p[1] == '\n'
	piece := Piece{Size: 1, Inside: e.inBlock}
	if pair {
		piece.Size = 2
	}
	if e.line == lineName && e.inBlock && e.isData && e.name == len(dataField) {
		piece.Sure, e.sure = !e.sure, true // A line of a name only.
	}
	if empty {
		piece.Form = true
		// Where lines end with both, the line feed is of the event, too.
		waits := p[0] == '\r' && len(p) == 1 && e.pairs
		piece.Ends = e.inBlock && !waits
		e.blank, e.ofEvent = p[0] == '\r' && !pair, e.inBlock && waits
		e.inBlock, e.sure = false, false
	}
	e.carriage = p[0] == '\r' && !pair
	if !e.carriage {
		e.pairs = pair
	}
	e.line = lineStart
	return piece
}

// text returns a part of a line.
func (e *Events) text(p []byte) Piece {
	piece := Piece{}
	if e.line == lineStart {
		if p[0] == ':' {
			e.line = lineComment
		} else {
			e.line, e.name, e.isData = lineName, 0, true
			if !e.inBlock {
				e.inBlock, piece.Begins, piece.Length = true, true, -1
			}
		}
	}
	piece.Inside = e.inBlock
	end := bytes.IndexByte(p, '\n')
	if end < 0 {
		end = len(p)
	}
	if at := bytes.IndexByte(p[:end], '\r'); at >= 0 {
		end = at
	}
	if e.line != lineName {
		piece.Size = end
		if e.line == lineValue && e.inBlock {
			piece.Payload, piece.Part = true, -1
		}
		return piece
	}
	at := bytes.IndexByte(p[:end], ':')
	named := at >= 0
	if !named {
		at = end
	}
	e.isData = e.isData && e.name+at <= len(dataField) && string(p[:at]) == dataField[e.name:e.name+at]
	e.name += at
	piece.Size = at
	if named {
		piece.Size++
		e.line = lineValue
		if e.isData && e.name == len(dataField) && e.inBlock {
			piece.Sure, e.sure = !e.sure, true
		}
	}
	return piece
}
