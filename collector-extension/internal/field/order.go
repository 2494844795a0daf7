package field

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// Own is a field that a sender makes itself: it wins over what the header has of the name. One that is to be omitted is not sent.
type Own struct {
	Name  Name
	Value string
	Omit  bool
	// Behind has it stand among the fields that nobody has sent, where it was not sent. Those are in the order of their names.
	Behind bool
}

// Placed is a field in its place.
type Placed struct {
	// Key is its name in the form that http.Header has it in, Name as it is to be sent.
	Key, Name, Value string
	// Line is the field as it was sent, with the end of its line, where that is what is to be sent again; empty where it is not.
	Line string
	// Behind is true for what nobody has sent, which comes last.
	Behind bool
}

// Order walks headers in the form in which messages had them, as Arrange arranges them, and keeps its memory for the next one. The zero
// value is ready. It is for one goroutine.
type Order struct {
	// once are the known names of which a field was met, seen the other names, and the known ones that were met again.
	once  Names
	seen  []seen
	more  map[string]int
	added []added
	// placed is what send is given.
	placed Placed
}

// seen is how many fields of a name were met.
type seen struct {
	key   string
	count int
}

// added are the fields of a name that was not sent, or not as often: values of the header or the value of an Own.
type added struct {
	key    string
	values []string
	own    string
}

// maxSeen is how many names are looked for one by one.
const maxSeen = 32

// Each calls send for each field of header and of own in the form of sent, the field lines of a message, which must be valid. A field
// of own that sent does not have comes first, or Behind. What sent does not have of header comes last, with those, by name. What send
// is given is its own until it returns.
func (o *Order) Each(header http.Header, own []Own, sent string, send func(*Placed)) {
	o.once, o.seen, o.added = 0, o.seen[:0], o.added[:0]
	var owned Names
	for i := range own {
		f := &own[i]
		owned |= Of(f.Name)
		if !f.Omit && !f.Behind && !hasLine(sent, f.Name.String()) {
			o.send(send, Placed{Key: f.Name.String(), Name: f.Name.String(), Value: f.Value})
		}
	}
	// complete is how many names of the header have none that was not sent.
	complete := 0
	for sent != "" {
		line, end := sent, strings.IndexByte(sent, '\n')
		if end >= 0 {
			line, sent = sent[:end+1], sent[end+1:]
		} else {
			sent = ""
		}
		colon := strings.IndexByte(line, ':')
		if colon <= 0 || line[0] == ' ' || line[0] == '\t' {
			continue // a fold is of the field before
		}
		name := line[:colon]
		which := known(name)
		key := which.key(name)
		at := o.meet(which, key)
		if owned.Has(which) {
			if f := &own[indexOwn(own, which)]; at == 0 && !f.Omit {
				o.send(send, Placed{Key: key, Name: name, Value: f.Value})
			}
			continue
		}
		values := header[key]
		if at >= len(values) {
			continue
		}
		if at == len(values)-1 {
			complete++
		}
		value := values[at]
		if !isLineOf(line, colon, value) {
			line = ""
		}
		o.send(send, Placed{Key: key, Name: name, Value: value, Line: line})
	}
	if complete < len(header) {
		o.add(header, owned)
	}
	alone := len(o.added) == 0
	for i := range own {
		switch f := &own[i]; {
		case !f.Behind || f.Omit || o.once.Has(f.Name):
		case alone:
			o.send(send, Placed{Key: f.Name.String(), Name: f.Name.String(), Value: f.Value, Behind: true})
		default:
			o.added = append(o.added, added{key: f.Name.String(), own: f.Value})
		}
	}
	if len(o.added) > 0 {
		o.sendAdded(send)
	}
	if len(o.more) > 0 {
		o.more = nil // Such heads are rare.
	}
}

// isLineOf reports whether a line, whose name ends at colon, is how a field with a value is written.
func isLineOf(line string, colon int, value string) bool {
	const end = "\r\n"
	return value == Trim(value) && len(line) == colon+len(": ")+len(value)+len(end) && line[colon+1] == ' ' && line[colon+2:len(line)-len(end)] == value &&
		line[len(line)-len(end):] == end
}

func (o *Order) send(send func(*Placed), p Placed) {
	o.placed = p
	send(&o.placed)
}

// add notes what header has that was not sent.
func (o *Order) add(header http.Header, owned Names) {
	for key, values := range header {
		which := known(key)
		if key != which.String() {
			which = Other // A handler may set a header by whatever name.
		}
		if owned.Has(which) {
			continue
		}
		if count := o.count(which, key); count < len(values) {
			o.added = append(o.added, added{key: key, values: values[count:]})
		}
	}
}

func (o *Order) sendAdded(send func(*Placed)) {
	if len(o.added) > 1 {
		slices.SortFunc(o.added, func(a, b added) int { return cmp.Compare(a.key, b.key) })
	}
	for i := range o.added {
		a := &o.added[i]
		if a.values == nil {
			o.send(send, Placed{Key: a.key, Name: a.key, Value: a.own, Behind: true})
			continue
		}
		for _, value := range a.values {
			o.send(send, Placed{Key: a.key, Name: a.key, Value: value, Behind: true})
		}
	}
	clear(o.added) // It would hold the header.
}

// meet counts one more field of a name, and gives how many there were before.
func (o *Order) meet(which Name, key string) int {
	if which != Other && !o.once.Has(which) {
		o.once |= Of(which)
		return 0
	}
	for i := range o.seen {
		if o.seen[i].key == key {
			o.seen[i].count++
			return o.seen[i].count - 1
		}
	}
	before := 0
	if which != Other {
		before = 1
	}
	if len(o.seen) < maxSeen {
		o.seen = append(o.seen, seen{key: key, count: before + 1})
		return before
	}
	if o.more == nil {
		o.more = map[string]int{}
	}
	before = max(before, o.more[key])
	o.more[key] = before + 1
	return before
}

// count is how many fields of a name were met.
func (o *Order) count(which Name, key string) int {
	for i := range o.seen {
		if o.seen[i].key == key {
			return o.seen[i].count
		}
	}
	if count := o.more[key]; count > 0 {
		return count
	}
	if o.once.Has(which) {
		return 1
	}
	return 0
}

func indexOwn(own []Own, name Name) int {
	return slices.IndexFunc(own, func(o Own) bool { return o.Name == name })
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
