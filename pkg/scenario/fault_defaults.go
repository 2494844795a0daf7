package scenario

import (
	"maps"
	"slices"
)

// What a parameter of a fault is where it is not given, besides DefaultTimeoutMS and DefaultStatusCodes.
const (
	DefaultSigma        = 0.5
	DefaultAlpha        = 1.5
	DefaultDurationMS   = 10_000
	DefaultWindowMS     = 60_000
	DefaultKeep         = 0.5
	DefaultCloseCode    = 1011
	DefaultBytesChanged = 1
	DefaultStatus       = 200
)

// The parts of a body that FaultMalform breaks.
const (
	PartBody  = "body"
	PartChunk = "chunk"
)

// WithDefaults returns f with every parameter that its kind uses and that has a default filled in; it shares nothing with f. After_bytes
// and after_messages stay absent, which means something else than 0.
func (f Fault) WithDefaults() Fault {
	f = f.clone()
	setDefault(&f.Share, 1)
	if places := f.Kind.places(); f.At == "" && places != nil {
		f.At = places[0]
	}
	switch f.Kind {
	case FaultLatency:
		f.Distribution = f.distribution()
		switch f.Distribution {
		case Normal:
			setDefault(&f.MinMS, 0)
		case LogNormal:
			setDefault(&f.Sigma, DefaultSigma)
		case Pareto:
			setDefault(&f.Alpha, DefaultAlpha)
		}
	case FaultError:
		if code, named := GRPCCode(f.GRPCCode); f.StatusCodes == nil && named {
			f.StatusCodes = []int{httpStatus(code)}
		}
		if f.StatusCodes == nil {
			f.StatusCodes = DefaultStatusCodes()
		}
	case FaultTimeout:
		setDefault(&f.TimeoutMS, DefaultTimeoutMS)
	case FaultClose:
		setDefault(&f.CloseCode, DefaultCloseCode)
	case FaultTruncate:
		if f.AfterBytes == nil {
			setDefault(&f.Keep, DefaultKeep)
		}
	case FaultMalform:
		if f.Part == "" {
			f.Part = PartBody
		}
	case FaultCorrupt:
		setDefault(&f.BytesChanged, DefaultBytesChanged)
	case FaultDrip:
		setDefault(&f.DurationMS, DefaultDurationMS)
	case FaultRateLimit:
		setDefault(&f.WindowMS, DefaultWindowMS)
		if f.Per == "" {
			f.Per = PerConsumer
		}
	case FaultReplace:
		setDefault(&f.Status, DefaultStatus)
	}
	if w := f.When; w != nil && w.Per == "" && w.counts() {
		w.Per = PerAll
	}
	return f
}

// distribution is the one that is given or that the bounds imply.
func (f *Fault) distribution() Distribution {
	switch {
	case f.Distribution != "":
		return f.Distribution
	case f.DelayMS == nil && f.MinMS != nil && f.MaxMS != nil:
		return Uniform
	}
	return Fixed
}

func (f Fault) clone() Fault {
	for _, p := range []**float64{&f.Share, &f.DelayMS, &f.MinMS, &f.MaxMS, &f.DeviationMS, &f.Sigma, &f.Alpha, &f.Keep} {
		copyOf(p)
	}
	for _, p := range []**int{
		&f.Status, &f.RetryAfterS, &f.TimeoutMS, &f.DurationMS, &f.WindowMS, &f.Limit, &f.AfterMessages, &f.CloseCode, &f.BytesChanged,
	} {
		copyOf(p)
	}
	copyOf(&f.AfterBytes)
	copyOf(&f.BytesPerSecond)
	copyOf(&f.Body)
	if copyOf(&f.When); f.When != nil {
		w := f.When
		for _, p := range []**int{&w.Every, &w.First, &w.BurstLength, &w.BurstOf, &w.WindowOnMS, &w.WindowOfMS, &w.RampMS} {
			copyOf(p)
		}
	}
	f.StatusCodes = slices.Clone(f.StatusCodes)
	f.SetHeaders = maps.Clone(f.SetHeaders)
	f.RemoveHeaders = slices.Clone(f.RemoveHeaders)
	f.NullPaths = slices.Clone(f.NullPaths)
	f.Patch = slices.Clone(f.Patch)
	for i := range f.Patch {
		f.Patch[i].Value = cloneJSON(f.Patch[i].Value)
	}
	f.Extensions = cloneObject(f.Extensions)
	return f
}

func (w *When) counts() bool { return w.Every != nil || w.First != nil || w.BurstLength != nil }
