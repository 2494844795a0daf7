package validation

import "encoding/json"

// The scanner of a checker knows that its JSON is valid. Once it has stopped there is nothing more.

func (c *checker) space() {
	for c.at < len(c.data) {
		switch c.data[c.at] {
		case ' ', '\t', '\n', '\r':
			c.at++
		default:
			return
		}
	}
}

// enter goes into an object or a list, and reports whether decoding goes on: not where it would be nested too deep.
func (c *checker) enter() bool {
	if len(c.path) >= MaxDepth {
		c.tooDeep()
		return false
	}
	c.at++
	return c.stopped == nil
}

func (c *checker) tooDeep() {
	c.stop(Errorf(c.where(), "must not be nested: objects and lists nest at most %d deep", MaxDepth))
}

// more reports whether there is another member or element; where there is none it moves behind the end.
func (c *checker) more(end byte) bool {
	if c.stopped != nil {
		return false
	}
	if c.space(); c.data[c.at] == ',' {
		c.at++
		c.space()
	}
	if c.data[c.at] == end {
		c.at++
		return false
	}
	return true
}

// name reads a name and the colon after it.
func (c *checker) name() string {
	raw := c.text()
	c.space()
	c.at++
	name := string(raw[1 : len(raw)-1])
	for i := range raw {
		if raw[i] == '\\' || raw[i] >= 0x80 {
			_ = json.Unmarshal(raw, &name) // valid as it is
			break
		}
	}
	return name
}

// text moves behind a string, and returns it with its quotes.
func (c *checker) text() []byte {
	start := c.at
	for c.at++; c.data[c.at] != '"'; c.at++ {
		if c.data[c.at] == '\\' {
			c.at++
		}
	}
	c.at++
	return c.data[start:c.at]
}

// skip moves behind a value of any kind, and returns it.
func (c *checker) skip() []byte {
	c.space()
	start, depth := c.at, len(c.path)
	for c.stopped == nil {
		switch c.data[c.at] {
		case '{', '[':
			c.take(maxSize)
			if depth++; depth > MaxDepth {
				c.tooDeep()
			}
			c.at++
		case '}', ']':
			depth--
			c.at++
		case '"':
			c.take(maxSize)
			c.text()
		case ',', ':', ' ', '\t', '\n', '\r':
			c.at++
		default:
			c.take(maxSize)
			c.word()
		}
		if depth == len(c.path) {
			break
		}
	}
	return c.data[start:c.at]
}

// word moves behind a number, true, false or null.
func (c *checker) word() {
	for c.at < len(c.data) {
		switch c.data[c.at] {
		case ',', ':', ']', '}', ' ', '\t', '\n', '\r':
			return
		}
		c.at++
	}
}
