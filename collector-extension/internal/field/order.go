package field

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// Own is a field that a sender makes itself: it wins over what the header has of the name Key. One that is to be omitted is not sent.
type Own struct {
	Key, Value string
	Omit       bool
}

// Order walks headers in the form in which messages had them, as Arrange arranges them, and keeps its memory for the next one. The zero
// value is ready. It is for one goroutine.
type Order struct {
	seen  []seen
	more  map[string]int
	added []string
}

// seen is how many fields of a name were met.
type seen struct {
	key   string
	count int
}

// maxSeen is how many names are looked for one by one.
const maxSeen = 32

// Each calls send for each field of header and of own in the form of sent, the field lines of a message, which must be valid. A field
// of own that sent does not have comes first. behind is true for what sent does not have of header, which comes last, by name.
func (o *Order) Each(header http.Header, own []Own, sent string, send func(key, name, value string, behind bool)) {
	o.seen = o.seen[:0]
	for i := range own {
		if !own[i].Omit && !hasLine(sent, own[i].Key) {
			send(own[i].Key, own[i].Key, own[i].Value, false)
		}
	}
	for sent != "" {
		line := sent
		if end := strings.IndexByte(sent, '\n'); end >= 0 {
			line, sent = sent[:end], sent[end+1:]
		} else {
			sent = ""
		}
		colon := strings.IndexByte(line, ':')
		if colon <= 0 || line[0] == ' ' || line[0] == '\t' {
			continue // a fold is of the field before
		}
		name := line[:colon]
		key := textproto.CanonicalMIMEHeaderKey(name)
		at := o.meet(key)
		if i := indexOwn(own, key); i >= 0 {
			if at == 0 && !own[i].Omit {
				send(key, name, own[i].Value, false)
			}
			continue
		}
		if values := header[key]; at < len(values) {
			send(key, name, values[at], false)
		}
	}
	o.added = o.added[:0]
	for key, values := range header {
		if len(values) > 0 && o.count(key) < len(values) && indexOwn(own, key) < 0 {
			o.added = append(o.added, key)
		}
	}
	if len(o.added) > 0 {
		o.sendAdded(header, send)
	}
	if len(o.more) > 0 {
		o.more = nil // Such heads are rare.
	}
}

func (o *Order) sendAdded(header http.Header, send func(key, name, value string, behind bool)) {
	slices.Sort(o.added)
	for _, key := range o.added {
		for _, value := range header[key][o.count(key):] {
			send(key, key, value, true)
		}
	}
}

// meet counts one more field of a name, and gives how many there were before.
func (o *Order) meet(key string) int {
	for i := range o.seen {
		if o.seen[i].key == key {
			o.seen[i].count++
			return o.seen[i].count - 1
		}
	}
	if len(o.seen) < maxSeen {
		o.seen = append(o.seen, seen{key: key, count: 1})
		return 0
	}
	if o.more == nil {
		o.more = map[string]int{}
	}
	before := o.more[key]
	o.more[key] = before + 1
	return before
}

func (o *Order) count(key string) int {
	for i := range o.seen {
		if o.seen[i].key == key {
			return o.seen[i].count
		}
	}
	return o.more[key]
}

func indexOwn(own []Own, key string) int {
	for i := range own {
		if own[i].Key == key {
			return i
		}
	}
	return -1
}

// hasLine reports whether field lines have one of a name.
func hasLine(sent, key string) bool {
	for len(sent) > len(key) {
		if sent[len(key)] == ':' && strings.EqualFold(sent[:len(key)], key) {
			return true
		}
		end := strings.IndexByte(sent, '\n')
		if end < 0 {
			return false
		}
		sent = sent[end+1:]
	}
	return false
}
