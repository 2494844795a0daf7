package scenario

// Place says at what part of an exchange a fault works.
type Place string

// The places. Which of them a kind has is said at the kind.
const (
	AtRequest  Place = "request"
	AtResponse Place = "response"
	AtBody     Place = "body"
	AtMessage  Place = "message"
)

// atPlace is the choice among the places of a kind. It refers to the kind of the fault, since each has its own.
var atPlace = text("at", ControlChoice, func(f *Fault) *Place { return &f.At }, func(string, Place) error { return nil }).
	with(func(p *Parameter) {
		p.Words = words(AtRequest, AtResponse, AtBody, AtMessage)
		p.check = func(f *Fault) error { return oneOf("at", string(f.At), words(f.kind().places...)...) }
	})

// work is a place with a few words for the editor.
type work struct {
	place Place
	words string
}

// worksAt returns the choice among places, the default first.
func worksAt(works ...work) Field {
	labels := map[Place]string{AtRequest: "Request", AtResponse: "Answer", AtBody: "Body", AtMessage: "Messages"}
	field := Field{Parameter: atPlace, Label: "Works at", Default: works[0].place}
	for _, w := range works {
		field.Choices = append(field.Choices, Choice{string(w.place), labels[w.place], w.words})
	}
	return field
}

// Places returns the places that a fault of the kind can work at, the default first; none where there is no choice.
func (k *Kind) Places() []Place { return k.places }
