package fault

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// corruptWithin is how far apart two changed bytes are at most where the length of a body is not known.
const corruptWithin = 64

// Corrupt changes bytes of the answer's body, or of the request's, at places that Random draws within the body's length
// where that is known.
type Corrupt struct {
	forwards
	AtRequest bool
	Bytes     int
	Random    *rand.Rand
}

func init() {
	executes(scenario.FaultCorrupt, newCorrupt)
	executesAtMessages(scenario.FaultCorrupt, messageExecutor{
		first: true, content: true,
		harm: func(d scenario.Drawn, _ int, random *rand.Rand, next Message) Message {
			next.Change = &Change{Bytes: *d.BytesChanged, Random: random}
			return next
		},
	})
}

func newCorrupt(d scenario.Drawn) Fault {
	return Corrupt{AtRequest: d.At == scenario.AtRequest, Bytes: *d.BytesChanged, Random: d.Random()}
}

// Request corrupts what the upstream gets.
func (c Corrupt) Request(_ context.Context, x *Exchange, r *http.Request) {
	if c.AtRequest && carriesBody(r) {
		passRequest(r, func(source io.Reader) io.Reader { return c.body(x, source, r.ContentLength) })
	}
}

// Respond corrupts what the client gets. What describes the body stays, since that is how a client can tell.
func (c Corrupt) Respond(_ context.Context, x *Exchange, response *http.Response) error {
	if c.AtRequest || !hasBody(response) {
		return nil
	}
	response.Header.Set("Cache-Control", "no-store")
	pass(response, func(source io.Reader) io.Reader { return c.body(x, source, response.ContentLength) })
	return nil
}

func (c Corrupt) body(x *Exchange, source io.Reader, length int64) io.Reader {
	return &corrupted{
		x: x, source: source, note: x.Note(scenario.FaultCorrupt, formatInt(int64(c.Bytes))+" bytes"),
		places: places(c.Random, c.Bytes, length), random: c.Random,
	}
}

// places returns where n bytes of a body are changed, in ascending order.
func places(random *rand.Rand, n int, length int64) []int64 {
	if length >= 0 && int64(n) >= length {
		all := make([]int64, length)
		for i := range all {
			all[i] = int64(i)
		}
		return all
	}
	chosen := make([]int64, 0, n)
	if length < 0 {
		next := int64(-1)
		for range n {
			next += 1 + random.Int64N(corruptWithin)
			chosen = append(chosen, next)
		}
		return chosen
	}
	// Floyd's way to draw without drawing twice.
	taken := make(map[int64]bool, n)
	for last := length - int64(n); last < length; last++ {
		place := random.Int64N(last + 1)
		if taken[place] {
			place = last
		}
		taken[place] = true
		chosen = append(chosen, place)
	}
	slices.Sort(chosen)
	return chosen
}

type corrupted struct {
	x      *Exchange
	source io.Reader
	note   int
	random *rand.Rand
	places []int64
	at     int64
	did    bool
}

func (c *corrupted) Read(p []byte) (int, error) {
	n, err := c.source.Read(p)
	if c.x.Over() {
		c.places = nil
	}
	for len(c.places) > 0 && c.places[0] < c.at+int64(n) {
		p[c.places[0]-c.at] ^= byte(1 + c.random.IntN(255))
		c.places, c.did = c.places[1:], true
	}
	c.at += int64(n)
	if err != nil && !c.did {
		c.did = true
		c.x.Withdraw(c.note)
	}
	return n, err
}
