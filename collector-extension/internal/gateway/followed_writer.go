package gateway

import "net/http"

// followed returns the writer to give to a plugin, and what tells the status that was written to it so far, 0 where none was. Of the
// first plugin that is the exchange's own. One behind another is given what that has made of it, which may write elsewhere, such as to
// memory, and only that may be asked or written to: the first plugin may be answering by itself meanwhile.
func followed(w http.ResponseWriter, x *exchange) (http.ResponseWriter, func() int) {
	if w == http.ResponseWriter(x.writer) {
		return w, x.writer.answered
	}
	f := &followedWriter{ResponseWriter: w}
	return f, func() int { return f.status }
}

// followedWriter notes the status that is written. It leads to what it wraps, so that http.ResponseController works.
type followedWriter struct {
	http.ResponseWriter
	status int
}

// Unwrap is for http.ResponseController.
func (w *followedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *followedWriter) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *followedWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Flush is for callers that look for http.Flusher.
func (w *followedWriter) Flush() { _ = w.FlushError() }

// FlushError is for http.ResponseController.
func (w *followedWriter) FlushError() error {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}
