package capture

import "testing"

func TestTheRoomOfAnExchangeIsShared(t *testing.T) {
	r := NewRoom(800)
	if got := r.Take(FromClient, 1000); got != 700 {
		t.Errorf("a request has %d bytes, want all but an eighth", got)
	}
	if got := r.Take(ToClient, 1000); got != 100 {
		t.Errorf("its answer has %d bytes, want the eighth", got)
	}
	r = NewRoom(800)
	r.End(FromClient)
	if got := r.Take(ToClient, 1000); got != 800 {
		t.Errorf("an answer behind a request that has ended has %d bytes, want all", got)
	}
	r = NewRoom(800)
	if !r.TakeAll(ToClient, 700) || r.TakeAll(ToClient, 1) || !r.TakeAll(FromClient, 100) {
		t.Error("the client's eighth was taken, or not to be had")
	}
	r.Give(50)
	if got := r.Available(ToClient); got != 50 {
		t.Errorf("%d bytes are available of what was given back, want 50", got)
	}
	var none *Room
	none.End(FromClient)
	none.Give(1)
	if none.Take(FromClient, 1) != 0 || none.Available(ToClient) != 0 {
		t.Error("there is room where nothing is kept")
	}
}
