package analysis

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Other is the route of every path that no template was left for.
const Other = "other"

// LearnerOptions are the limits of a Learner. The zero value of a limit is its default.
type LearnerOptions struct {
	// Routes are configured templates, patterns of pkg/pathpattern with a method before them or none, which win over learned ones:
	// "/users/{id}", "GET /files/{path...}", "/static/**".
	Routes []string
	// MaxTemplates (default 500, 1 to 10000) is how many different learned templates Route ever returns.
	MaxTemplates int
	// MaxSiblings (default 24, 2 to 1000) is how many words may stand in one place of a path before those that are
	// seen rarely become a parameter.
	MaxSiblings int
}

// Learner turns paths into templates for one gateway. It is safe for use by any number of goroutines, and takes no lock
// for a path whose template it knows. Its memory is bounded by its options, whatever paths it is given.
type Learner struct {
	configured *routes
	options    LearnerOptions
	root       *place
	mu         sync.Mutex // held to change the tree
	places     int
	templates  []string
}

// place is one position in the tree of learned paths.
type place struct {
	template string
	// names are the parameters that the template has already.
	names []string
	word  string
	// hits counts visits up to frequent, so that busy places are only read.
	hits     atomic.Uint32
	children atomic.Pointer[map[string]*place]
	params   [kinds]atomic.Pointer[place]
	// open reports whether new words are a parameter here.
	open atomic.Bool
	// returned reports whether the template was counted as one of those that Route may return.
	returned atomic.Bool
}

// frequent is how often a word must be seen to stay a word when its place becomes a parameter ("me" in /users/me).
const frequent = 8

// NewLearner returns a learner that knows only the configured routes. The error is a *validation.Error.
func NewLearner(options LearnerOptions) (*Learner, error) {
	if options.MaxTemplates == 0 {
		options.MaxTemplates = 500
	}
	if options.MaxSiblings == 0 {
		options.MaxSiblings = 24
	}
	if options.MaxTemplates < 1 || options.MaxTemplates > 10000 {
		return nil, validation.Errorf("max_templates", "must be between 1 and 10000, is %d", options.MaxTemplates)
	}
	if options.MaxSiblings < 2 || options.MaxSiblings > 1000 {
		return nil, validation.Errorf("max_siblings", "must be between 2 and 1000, is %d", options.MaxSiblings)
	}
	configured, err := compileRoutes(options.Routes)
	if err != nil {
		return nil, err
	}
	return &Learner{configured: configured, options: options, root: &place{}}, nil
}

// Route returns the template of a path: the configured one, else the learned one with parameters such as {id}, else
// Other. The path is without query, and escaped as it was sent: templates have decoded words, of segments that have no slash or
// percent sign in them. Slashes at its end and doubled ones are ignored.
func (l *Learner) Route(method, path string) string {
	if !strings.HasPrefix(path, "/") {
		return Other
	}
	if l.configured != nil {
		if t, ok := l.configured.match(method, path); ok {
			return t
		}
	}
	at := l.at(path, true)
	if at == nil || !at.returned.Load() && !l.admit(at) {
		return Other
	}
	return at.route()
}

// Known returns what Route returns for a path, where that has returned it for another one before. It learns nothing.
func (l *Learner) Known(method, path string) (route string, known bool) {
	if !strings.HasPrefix(path, "/") {
		return Other, true
	}
	if l.configured != nil {
		if t, ok := l.configured.match(method, path); ok {
			return t, true
		}
	}
	at := l.at(path, false)
	if at == nil || !at.returned.Load() {
		return "", false
	}
	return at.route(), true
}

// at returns the place of a path, nil where there is none. Where learn is true one is made as long as there is room.
func (l *Learner) at(path string, learn bool) *place {
	at, rest := l.root, path
	for depth := 0; ; depth++ {
		rest = strings.TrimLeft(rest, "/")
		if rest == "" {
			return at
		}
		if depth == maxSegments {
			return nil
		}
		var segment string
		segment, rest, _ = strings.Cut(rest, "/")
		segment = pathpattern.Unescape(segment)
		if learn {
			at = l.step(at, segment)
		} else {
			at = at.find(segment)
		}
		if at == nil {
			return nil
		}
	}
}

func (p *place) route() string {
	if p.template == "" {
		return "/"
	}
	return p.template
}

// Templates returns the learned templates so far, sorted.
func (l *Learner) Templates() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(slices.Values(l.templates))
}

// find returns the place of a segment below p, nil where there is none yet.
func (p *place) find(segment string) *place {
	if children := p.children.Load(); children != nil {
		if child := (*children)[segment]; child != nil {
			return child
		}
	}
	if k := p.kindOf(segment); k != literal {
		return p.params[k].Load()
	}
	return nil
}

func (p *place) kindOf(segment string) kind {
	k := classify(segment)
	if k == literal && p.open.Load() {
		k = identifier
	}
	return k
}

func (l *Learner) step(at *place, segment string) *place {
	child := at.find(segment)
	if child == nil {
		return l.grow(at, segment, at.kindOf(segment))
	}
	if child.word != "" && child.hits.Load() < frequent {
		child.hits.Add(1)
	}
	return child
}

// grow adds a place, nil where there may be no more.
func (l *Learner) grow(at *place, segment string, k kind) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k == literal && at.open.Load() {
		k = identifier
	}
	if k != literal {
		return l.parameter(at, k)
	}
	var children map[string]*place
	if p := at.children.Load(); p != nil {
		children = *p
	}
	if child := children[segment]; child != nil {
		return child
	}
	if len(children) >= l.options.MaxSiblings {
		var rare, once, visits int
		for _, child := range children {
			if hits := int(child.hits.Load()); hits < frequent {
				rare++
				visits += hits
				if hits == 1 {
					once++
				}
			}
		}
		// The share of words seen once estimates how likely the next word is a new one (Good and Turing). Where it is
		// high they are names that never end; where it is low, the resources of a large API.
		if 2*rare >= len(children) && 10*once > 8*visits || len(children) >= 4*l.options.MaxSiblings {
			kept := make(map[string]*place, len(children))
			for word, child := range children {
				if child.hits.Load() >= frequent {
					kept[word] = child
				} else {
					l.places -= size(child)
				}
			}
			at.children.Store(&kept)
			at.open.Store(true)
			return l.parameter(at, identifier)
		}
	}
	if !l.room() {
		return nil
	}
	word := strings.Clone(segment) // the segment would keep the whole request line in memory
	child := &place{template: at.template + "/" + word, names: at.names, word: word}
	child.hits.Store(1)
	grown := make(map[string]*place, len(children)+1)
	for w, c := range children {
		grown[w] = c
	}
	grown[word] = child
	at.children.Store(&grown)
	return child
}

func (l *Learner) parameter(at *place, k kind) *place {
	if child := at.params[k].Load(); child != nil {
		return child
	}
	if !l.room() {
		return nil
	}
	name := k.parameter()
	if slices.Contains(at.names, name) {
		if singular := singular(at.word); singular != "" {
			name = singular + "_" + name
		}
	}
	for base, n := name, 2; slices.Contains(at.names, name); n++ {
		name = base + itoa(n)
	}
	child := &place{template: at.template + "/{" + name + "}", names: append(slices.Clip(at.names), name)}
	at.params[k].Store(child)
	return child
}

// room counts one more place, and reports whether the tree had room for it. Inner places are not templates of their own, so
// there may be some more of them than templates.
func (l *Learner) room() bool {
	if l.places >= 4*l.options.MaxTemplates+maxSegments {
		return false
	}
	l.places++
	return true
}

// admit counts the template of at among those that may be returned, and reports whether there was room for it.
func (l *Learner) admit(at *place) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.returned.Load() {
		return true
	}
	template := at.route()
	// A place that was merged away may come back with the same template.
	if !slices.Contains(l.templates, template) {
		if len(l.templates) >= l.options.MaxTemplates {
			return false
		}
		l.templates = append(l.templates, template)
	}
	at.returned.Store(true)
	return true
}

func size(p *place) int {
	n := 1
	if children := p.children.Load(); children != nil {
		for _, child := range *children {
			n += size(child)
		}
	}
	for i := range p.params {
		if child := p.params[i].Load(); child != nil {
			n += size(child)
		}
	}
	return n
}

// singular makes a parameter's name of the word before it: order of orders, category of categories.
func singular(word string) string {
	for i := range len(word) {
		if c := word[i]; !isLower(c) && c != '_' && (i == 0 || !isDigit(c)) {
			return ""
		}
	}
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && len(word) > 2:
		return word[:len(word)-1]
	}
	return word
}

func itoa(n int) string { return strconv.Itoa(n) }
