package websocket

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// A receiver that takes nothing holds whoever writes to it, also in the middle of a frame.
func TestClosingWaitsNoLongerThanItsGraceForAReceiverThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, from := net.Pipe()
		o := newOutlet(to, nil)
		frame := appendFrame(nil, bitFin|byte(Binary), make([]byte, 100), nil)
		written := make(chan error)
		go func() {
			ends := []frameEnd{{len(frame), true, false}}
			_, err := o.write(frame, 0, len(frame), &ends)
			written <- err
		}()
		synctest.Wait()
		begun := time.Now()
		o.close(CloseTryAgain, Grace, nil)
		if took := time.Since(begun); took != Grace {
			t.Errorf("it took %s, want %s", took, Grace)
		}
		_ = from.Close()
		if err := <-written; err == nil {
			t.Error("what nobody has taken was written")
		}
	})
}
