package fault

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// dripParts is in how many parts a body drips at most.
	dripParts = 100
	// dripUnknown is how much of a body whose length is not known drips at most, in bytes.
	dripUnknown = 32 << 10
)

// Drip sends the body of the answer in small parts, evenly over Duration. Where nothing says how long the body is, its
// first part drips so, and what comes behind it passes as it is.
type Drip struct {
	forwards
	Duration time.Duration
}

func init() { executes(scenario.FaultDrip, newDrip) }

func newDrip(d scenario.Drawn) Fault {
	return Drip{Duration: time.Duration(*d.DurationMS) * time.Millisecond}
}

// Respond lets the body drip.
func (d Drip) Respond(ctx context.Context, x *Exchange, response *http.Response) error {
	if !hasBody(response) {
		return nil
	}
	x.Note(scenario.FaultDrip, milliseconds(d.Duration))
	pass(response, func(source io.Reader) io.Reader {
		return &dripping{ctx: ctx, x: x, source: source, over: d.Duration, length: response.ContentLength}
	})
	return nil
}

type dripping struct {
	ctx    context.Context
	x      *Exchange
	source io.Reader
	over   time.Duration
	// length is the length of what drips, passed how much of it has; first is what was read ahead where length was not known.
	length, passed int64
	first          []byte
	start          time.Time
	err            error
}

func (d *dripping) Read(p []byte) (int, error) {
	if d.start.IsZero() {
		d.start = time.Now()
		if d.length < 0 {
			d.first = make([]byte, dripUnknown)
			n, err := d.source.Read(d.first)
			d.first, d.err, d.length = d.first[:n], err, int64(n)
		}
	}
	dry := d.passed >= d.length || d.x.Over()
	if !dry {
		p = p[:min(int64(len(p)), (d.length+dripParts-1)/dripParts)]
	}
	n, err := d.read(p)
	d.passed += int64(n)
	if n == 0 || dry {
		return n, err
	}
	due := d.start.Add(time.Duration(float64(d.over) * float64(d.passed) / float64(d.length)))
	if gaveUp := d.x.Wait(d.ctx, time.Until(due)); gaveUp != nil {
		return 0, gaveUp
	}
	return n, err
}

// read gives what was read ahead before the rest.
func (d *dripping) read(p []byte) (int, error) {
	if len(d.first) > 0 {
		n := copy(p, d.first)
		d.first = d.first[n:]
		return n, nil
	}
	if d.err != nil {
		return 0, d.err
	}
	return d.source.Read(p)
}
