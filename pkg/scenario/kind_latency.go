package scenario

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// FaultLatency waits: before the exchange is forwarded (at: request, the default), before the first byte of the
// answer (at: response), between the parts of its body (at: body), or before each message of a stream (at: message).
const FaultLatency FaultKind = "latency"

// Distribution says how a latency is drawn.
type Distribution string

// The distributions of latencies, in the parameters of Fault. Those without an upper bound are cut off at max_ms where it
// is given, and at MaxDelayMS. Draws are whole microseconds.
const (
	// Fixed is always delay_ms.
	Fixed Distribution = "fixed"
	// Uniform is between min_ms and max_ms.
	Uniform Distribution = "uniform"
	// Normal has the mean delay_ms and the standard deviation deviation_ms, and is cut off at min_ms.
	Normal Distribution = "normal"
	// LogNormal has the median delay_ms and the shape sigma (the standard deviation of the logarithm).
	LogNormal Distribution = "lognormal"
	// Pareto has the least value delay_ms and the shape alpha: the lower, the longer the tail.
	Pareto Distribution = "pareto"
)

// What the shapes are where they are not given.
const (
	DefaultSigma = 0.5
	DefaultAlpha = 1.5
)

const (
	maxSigma   = 10
	leastAlpha = 0.1
	maxAlpha   = 100
)

var (
	distributionParameter = word("distribution", func(f *Fault) *Distribution { return &f.Distribution }, Fixed, Uniform, Normal, LogNormal, Pareto)
	delayMS               = delay("delay_ms", func(f *Fault) **float64 { return &f.DelayMS }).
				limitedBy(maxLatency).doc("the delay of fixed, the mean of normal, the median of lognormal, the least of pareto")
	minMS = delay("min_ms", func(f *Fault) **float64 { return &f.MinMS }).
		limitedBy(maxLatency).doc("of uniform, and where normal is cut off, by default at 0")
	maxMS = delay("max_ms", func(f *Fault) **float64 { return &f.MaxMS }).
		limitedBy(maxLatency).doc("of uniform, and where normal, lognormal and pareto are cut off")
	deviationMS    = delay("deviation_ms", func(f *Fault) **float64 { return &f.DeviationMS }).doc("of normal")
	sigmaParameter = number("sigma", func(f *Fault) **float64 { return &f.Sigma }, 0, maxSigma).doc("of lognormal")
	alphaParameter = number("alpha", func(f *Fault) **float64 { return &f.Alpha }, leastAlpha, maxAlpha).doc("of pareto")
)

func delay(name string, in func(*Fault) **float64) *Parameter {
	return number(name, in, 0, MaxDelayMS).in("ms")
}

func init() {
	of := func(distributions ...Distribution) []Distribution { return distributions }
	register(Kind{
		Name: FaultLatency, Order: 10, Group: GroupLatency, Label: "Latency", Effect: EffectSlowed,
		Description: "Waits, for as long as is drawn from a distribution.",
		Doc: "waits: `at` the `request` before it is forwarded, the `response` before its first byte, between parts of the `body`, " +
			"before each `message` of a stream",
		Fields: []Field{
			worksAt(
				work{AtRequest, "Before the request is forwarded"},
				work{AtResponse, "Before the first byte of the answer"},
				work{AtBody, "Between the parts of the body"},
				work{AtMessage, "Before each message of a stream"},
			),
			{
				Parameter: distributionParameter, Label: "Drawn", Default: Fixed, Otherwise: "uniform where min_ms and max_ms are given alone",
				Choices: []Choice{
					{string(Fixed), "Fixed", "Always the same"},
					{string(Uniform), "Uniform", "Anything between two bounds alike"},
					{string(Normal), "Normal", "Around a mean"},
					{string(LogNormal), "Log-normal", "Around a median, with a tail, as real networks have"},
					{string(Pareto), "Pareto", "From a least value on, with a long tail"},
				},
			},
			{Parameter: delayMS, Label: "Latency", Required: true, Initial: 200, Distributions: of(Fixed)},
			{Parameter: minMS, Label: "From", Required: true, Initial: 100, Distributions: of(Uniform)},
			{Parameter: maxMS, Label: "To", Required: true, Initial: 300, Distributions: of(Uniform)},
			{Parameter: delayMS, Label: "Mean", Required: true, Initial: 200, Distributions: of(Normal)},
			{Parameter: deviationMS, Label: "Standard deviation", Required: true, Initial: 50, Distributions: of(Normal)},
			{Parameter: minMS, Label: "At least", Default: 0.0, Distributions: of(Normal)},
			{Parameter: delayMS, Label: "Median", Required: true, Least: new(1.0), Initial: 200, Distributions: of(LogNormal)},
			{Parameter: sigmaParameter, Label: "Tail σ (more is longer)", Default: DefaultSigma, Distributions: of(LogNormal)},
			{Parameter: delayMS, Label: "Least", Required: true, Least: new(1.0), Initial: 100, Distributions: of(Pareto)},
			{Parameter: alphaParameter, Label: "Tail α (less is longer)", Default: DefaultAlpha, Distributions: of(Pareto)},
			{Parameter: maxMS, Label: "At most", Otherwise: "no limit", Distributions: of(Normal, LogNormal, Pareto)},
		},
		Request: &RequestForm{Example: "latency=200ms or latency=100ms-300ms", Required: true, read: readLatency},
		check:   (*Fault).checkLatency,
		fill:    func(f *Fault) { f.Distribution = f.distribution() },
		delay:   (*Fault).latency,
		bound:   boundLatency,
	})
}

// distribution returns the distribution that is given or that the bounds imply.
func (f *Fault) distribution() Distribution {
	switch {
	case f.Distribution != "":
		return f.Distribution
	case f.DelayMS == nil && f.MinMS != nil && f.MaxMS != nil:
		return Uniform
	}
	return Fixed
}

// drawnWith reports whether the field is one of the distribution of f, or of no distribution.
func (field *Field) drawnWith(f *Fault) bool {
	return len(field.Distributions) == 0 || slices.Contains(field.Distributions, f.distribution())
}

func (f *Fault) checkLatency() error {
	distribution := f.distribution()
	by := "by distribution " + string(distribution)
	var errs []error
	for _, p := range []*Parameter{delayMS, minMS, maxMS, deviationMS, sigmaParameter, alphaParameter} {
		used := false
		for _, field := range f.kind().Fields {
			if field.Parameter != p || !field.drawnWith(f) {
				continue
			}
			used = true
			if field.Required {
				errs = append(errs, required(p.Name, p.given(f), by))
			}
		}
		if !used && p.given(f) {
			errs = append(errs, validation.Errorf(p.Name, "is not used %s", by))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	tailed := distribution == LogNormal || distribution == Pareto
	switch {
	case tailed && *f.DelayMS <= 0:
		return validation.Errorf("delay_ms", "must be above 0 for distribution %s, is %v", distribution, *f.DelayMS)
	case f.MinMS != nil && f.MaxMS != nil && *f.MinMS > *f.MaxMS:
		return validation.Errorf("min_ms", "must not be above max_ms, which is %v, is %v", *f.MaxMS, *f.MinMS)
	case f.DelayMS != nil && f.MaxMS != nil && *f.DelayMS > *f.MaxMS:
		return validation.Errorf("delay_ms", "must not be above max_ms, which is %v, is %v", *f.MaxMS, *f.DelayMS)
	}
	return nil
}

// boundLatency cuts off what may be drawn beyond most, but not below what is always waited for.
func boundLatency(f Fault, most float64) (Fault, bool) {
	if f.MaxMS != nil || !slices.Contains([]Distribution{Normal, LogNormal, Pareto}, f.Distribution) {
		return f, false
	}
	for _, least := range []*float64{f.DelayMS, f.MinMS} {
		if least != nil {
			most = max(most, *least)
		}
	}
	f.MaxMS = &most
	return f, true
}

func readLatency(f *Fault, value string) error {
	low, high, between := strings.Cut(value, "-")
	if !between {
		return readFloatMilliseconds(value, &f.DelayMS)
	}
	if err := readFloatMilliseconds(low, &f.MinMS); err != nil {
		return err
	}
	return readFloatMilliseconds(high, &f.MaxMS)
}

func readFloatMilliseconds(value string, into **float64) error {
	d, err := readDuration(value)
	*into = new(float64(d) / float64(time.Millisecond))
	return err
}

// DelayAt returns the latency of message or part n of the exchange, counted from 0; 0 for kinds other than latency.
func (d Drawn) DelayAt(n int) time.Duration {
	if d.Kind != FaultLatency {
		return 0
	}
	return d.latency(d.random(drawLatency, n+1))
}

// latency draws from the distribution with a source that begins at seed. The source and its normal numbers are fixed by
// Go's compatibility promise; rounding to microseconds then hides the last bits, in which the exponential functions of
// different processors differ.
func (f *Fault) latency(seed uint64) time.Duration {
	if f.DelayMS != nil && f.distribution() == Fixed {
		return rounded(*f.DelayMS)
	}
	var source rand.PCG
	source.Seed(seed, mix(seed))
	var ms float64
	switch f.distribution() {
	case Uniform:
		ms = *f.MinMS + float64((*f.MaxMS-*f.MinMS)*unit(source.Uint64()))
	case Normal:
		ms = *f.DelayMS + float64(*f.DeviationMS*rand.New(&source).NormFloat64())
	case LogNormal:
		ms = *f.DelayMS * math.Exp(*f.Sigma*rand.New(&source).NormFloat64())
	case Pareto:
		ms = *f.DelayMS * math.Pow(1-unit(source.Uint64()), -1 / *f.Alpha)
	}
	low, high := 0.0, float64(MaxDelayMS)
	if f.MinMS != nil {
		low = *f.MinMS
	}
	if f.MaxMS != nil {
		high = *f.MaxMS
	}
	return rounded(min(max(ms, low), high))
}

func rounded(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}
