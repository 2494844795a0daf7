package gateway

import (
	"crypto/sha256"
	"encoding/hex"

	lru "github.com/hashicorp/golang-lru/v2"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
)

// maxPersisted is how many persisted operations of a gateway are known, the latest.
const maxPersisted = 1000

// persistedOperations are the operations of documents that clients send once, and then ask for by their SHA-256 (automatic
// persisted queries). A nil one knows none.
type persistedOperations struct {
	known *lru.Cache[persistedKey, detected]
}

// persistedKey is a hash, and which of the document's operations is asked for.
type persistedKey struct{ hash, name string }

func newPersistedOperations() *persistedOperations {
	known, _ := lru.New[persistedKey, detected](maxPersisted) // Fails for a size of 0 only.
	return &persistedOperations{known}
}

func (p *persistedOperations) find(r graphQLRequest) (detected, bool) {
	hash := r.Extensions.PersistedQuery.SHA256Hash
	if p == nil || len(hash) != sha256.Size*2 {
		return detected{}, false
	}
	return p.known.Get(persistedKey{hash, core.Clip(r.OperationName, maxName)})
}

// learn remembers what the hash of r stands for, where it is that of its document.
func (p *persistedOperations) learn(r graphQLRequest, what detected) {
	hash := r.Extensions.PersistedQuery.SHA256Hash
	if p == nil || len(hash) != sha256.Size*2 {
		return
	}
	if sum := sha256.Sum256([]byte(r.Query)); hex.EncodeToString(sum[:]) == hash {
		p.known.Add(persistedKey{hash, core.Clip(r.OperationName, maxName)}, what)
	}
}
