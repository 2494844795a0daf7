package storage

// Severer is a store that can be given up while something waits for it.
type Severer interface {
	// Sever breaks off all that is in progress, and refuses all that begins from now on with an api.ErrUnavailable. It is for a
	// process that has to end while a server does not answer at all.
	Sever()
}

// Sever gives the store up, where it is one that can be waited for in vain.
func Sever(store Store) {
	if s, ok := store.(Severer); ok {
		s.Sever()
	}
}

// Sizer is a store that can fail for the size of a batch.
type Sizer interface {
	// TooMuch reports whether err, of WriteBatch, is of what a smaller batch may not meet.
	TooMuch(err error) bool
}

// TooMuch reports whether err, of the store's WriteBatch, is of what a smaller batch may not meet.
func TooMuch(store Store, err error) bool {
	s, ok := store.(Sizer)
	return ok && s.TooMuch(err)
}

// Divider is a store whose connections can be divided among its users, so that none keeps another waiting.
type Divider interface {
	// Another opens the same store with connections of its own.
	Another(name string, connections int) (Store, error)
}
