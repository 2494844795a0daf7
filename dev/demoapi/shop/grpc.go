package shop

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shoppb"
)

// grpcShop is the gRPC face of the shop.
type grpcShop struct {
	shoppb.UnimplementedShopServer
	catalog *catalog
	weather weather
}

func (s *grpcShop) usual(ctx context.Context, median time.Duration) error {
	if err := s.weather.wait(ctx, median); err != nil {
		return status.FromContextError(err).Err()
	}
	if s.weather.fails(1) {
		return status.Error(codes.Internal, "the shop's storage did not answer")
	}
	return nil
}

func (s *grpcShop) GetProduct(ctx context.Context, in *shoppb.GetProductRequest) (*shoppb.Product, error) {
	if err := s.usual(ctx, 6*time.Millisecond); err != nil {
		return nil, err
	}
	p, ok := s.catalog.product(in.GetId())
	if !ok {
		return nil, status.Errorf(codes.NotFound, "no product %q", in.GetId())
	}
	return &shoppb.Product{Id: p.ID, Name: p.Name, PriceCents: p.PriceCents, Stock: p.Stock}, nil
}

func (s *grpcShop) PlaceOrder(ctx context.Context, in *shoppb.PlaceOrderRequest) (*shoppb.Order, error) {
	if err := s.usual(ctx, 30*time.Millisecond); err != nil {
		return nil, err
	}
	p, ok := s.catalog.product(in.GetProductId())
	switch {
	case !ok:
		return nil, status.Errorf(codes.NotFound, "no product %q", in.GetProductId())
	case in.GetQuantity() < 1:
		return nil, status.Error(codes.InvalidArgument, "quantity must be at least 1")
	case p.Stock < in.GetQuantity():
		return nil, status.Errorf(codes.FailedPrecondition, "%d of %q in stock", p.Stock, p.Name)
	}
	o := s.catalog.place(in.GetUserId(), []item{{ProductID: p.ID, Quantity: in.GetQuantity()}})
	return &shoppb.Order{Id: o.ID, UserId: o.UserID, TotalCents: o.TotalCents, State: o.State}, nil
}

func (s *grpcShop) WatchOrder(in *shoppb.WatchOrderRequest, stream shoppb.Shop_WatchOrderServer) error {
	if _, ok := s.catalog.order(in.GetOrderId()); !ok {
		return status.Errorf(codes.NotFound, "no order %q", in.GetOrderId())
	}
	for _, state := range []string{"placed", "packed", "shipped", "delivered"} {
		if err := s.weather.wait(stream.Context(), 150*time.Millisecond); err != nil {
			return status.FromContextError(err).Err()
		}
		if err := stream.Send(&shoppb.OrderState{OrderId: in.GetOrderId(), State: state}); err != nil {
			return err
		}
	}
	return nil
}

func (s *grpcShop) ImportProducts(stream shoppb.Shop_ImportProductsServer) error {
	var imported int32
	for {
		_, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&shoppb.ImportProductsResponse{Imported: imported})
		}
		if err != nil {
			return err
		}
		imported++
	}
}

func (s *grpcShop) Chat(stream shoppb.Shop_ChatServer) error {
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&shoppb.ChatMessage{Text: "You said: " + message.GetText()}); err != nil {
			return err
		}
	}
}
