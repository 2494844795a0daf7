package recording

import "unsafe"

// What maps and slices hold besides what is in them, in bytes: an entry of Values has a name, a list, and its share of the
// places that maps keep free.
const (
	stringBytes = int64(unsafe.Sizeof(""))
	entryBytes  = stringBytes + int64(unsafe.Sizeof([]string(nil))) + 24
	numberBytes = 8
)

// Size returns about how many bytes of memory r holds: all contents, messages, headers and texts, and what Go needs to hold them.
// Limits of what waits in memory are counted by it. It allocates nothing; what r shares with others is counted as its own.
func (r *Recording) Size() int64 {
	size := int64(unsafe.Sizeof(*r)) + r.Body.held() + r.ResponseBody.held() +
		r.QueryParams.held() + r.Headers.held() + r.ResponseHeaders.held() + r.ResponseTrailers.held() +
		held(r.PluginExecuted) + held(r.Tags) + held(r.Withheld)
	size += int64(len(r.TraceID) + len(r.SpanID) + len(r.Protocol) + len(r.Gateway) + len(r.Instance) + len(r.Consumer) + len(r.ClientIP) +
		len(r.HeaderForm) + len(r.ResponseHeaderForm) +
		len(r.Method) + len(r.Scheme) + len(r.Host) + len(r.Path) + len(r.Target) + len(r.Route) + len(r.Operation) + len(r.HTTPVersion) +
		len(r.ScenarioMode) + len(r.Rule) + len(r.Failure) + len(r.FailedBy) + len(r.FailureKind) + len(r.MockMatched))
	for _, number := range [...]bool{r.GRPCStatus != nil, r.WebSocketClose != nil, r.UpstreamTimeMS != nil, r.FirstByteMS != nil} {
		if number {
			size += numberBytes
		}
	}
	size += int64(cap(r.Faults)) * int64(unsafe.Sizeof(Fault{}))
	for i := range r.Faults {
		size += int64(len(r.Faults[i].Kind) + len(r.Faults[i].Detail))
	}
	size += int64(cap(r.Messages)) * int64(unsafe.Sizeof(Message{}))
	for i := range r.Messages {
		m := &r.Messages[i]
		size += int64(len(m.Direction)+len(m.Kind)) + m.Body.held()
	}
	return size
}

// ContentSize returns the part of Size that is of contents: of both bodies and all messages. It is what decompression makes larger.
func (r *Recording) ContentSize() int64 {
	size := r.Body.held() + r.ResponseBody.held()
	for i := range r.Messages {
		size += r.Messages[i].Body.held()
	}
	return size
}

// held returns what b holds outside itself.
func (b *Body) held() int64 { return int64(cap(b.Content)) }

// held returns what v holds outside itself.
func (v Values) held() (size int64) {
	if len(v) == 0 {
		return 0
	}
	for name, list := range v {
		size += entryBytes + int64(len(name)) + held(list)
	}
	return size
}

func held(list []string) int64 {
	size := int64(cap(list)) * stringBytes
	for _, text := range list {
		size += int64(len(text))
	}
	return size
}
