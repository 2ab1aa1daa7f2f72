using System.Text;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Scenarios;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Dispatch.LoadTests.Subjects.RabbitMq;

/// <summary>
/// A broker instead: tasks in a durable queue, persistent, each consumer with prefetch 1. A cycle publishes the answer, persistent, waits for
/// the broker's confirm, acknowledges the task, and gets the next delivery.
/// </summary>
internal sealed class RabbitSubject : ISubject
{
    private const string Tasks = "tasks";
    private const string Answers = "answers";
    private const int SeatsPerConnection = 100;
    private const int Publishing = 512;
    private readonly List<IConnection> _connections = [];
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private PrivateRabbitMq? _broker;
    private IChannel? _producer;

    public string Name => "rabbitmq";

    public IReadOnlyList<WatchedProcess> Processes => _broker is null ? [] : [_broker.Process];

    public async Task StartAsync(Scenario scenario, Recording? recording, CancellationToken stop)
    {
        _broker = await PrivateRabbitMq.StartAsync();
        _producer = await (await ConnectionAsync(0, stop)).CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null), stop);
        foreach (var queue in (string[])[Tasks, Answers]) await _producer.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: stop);
        var content = Encoding.UTF8.GetBytes(Work.Shown());
        var all = scenario.Work.Tasks * scenario.Work.Overlap;
        for (var done = 0; done < all; done += Publishing)
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(Publishing, all - done)).Select(_ => PublishAsync(_producer, Tasks, content, stop).AsTask()));
        }
    }

    public async Task<ISeat> SeatAsync(int index, CancellationToken stop)
    {
        var channel = await (await ConnectionAsync(index / SeatsPerConnection, stop)).CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        await channel.BasicQosAsync(0, prefetchCount: 1, global: false, stop);
        var seat = new Seat(channel);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += seat.ReceiveAsync;
        await channel.BasicConsumeAsync(Tasks, autoAck: false, consumer, stop);
        return seat;
    }

    public async Task AddTasksAsync(int count, CancellationToken stop)
    {
        for (var i = 0; i < count; i++) await PublishAsync(_producer!, Tasks, Encoding.UTF8.GetBytes(Work.Shown(Work.Stamp() + Work.Paragraph)), stop);
    }

    public Task<long?> CommitsAsync() => Task.FromResult<long?>(null);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
        _connecting.Dispose();
        if (_broker is not null) await _broker.DisposeAsync();
    }

    private static ValueTask PublishAsync(IChannel channel, string queue, ReadOnlyMemory<byte> body, CancellationToken stop) =>
        channel.BasicPublishAsync("", queue, mandatory: false, new BasicProperties { Persistent = true }, body, stop);

    private async Task<IConnection> ConnectionAsync(int index, CancellationToken stop)
    {
        await _connecting.WaitAsync(stop);
        try
        {
            while (_connections.Count <= index) _connections.Add(await new ConnectionFactory { HostName = "127.0.0.1", Port = _broker!.Port }.CreateConnectionAsync(stop));
            return _connections[index];
        }
        finally
        {
            _connecting.Release();
        }
    }

    private sealed class Seat(IChannel channel) : ISeat
    {
        private readonly SemaphoreSlim _delivered = new(0);
        private ulong _tag;

        public event Action<long?>? Arrived;

        public bool HasTask => Volatile.Read(ref _tag) != 0;

        public string? Content { get; private set; }

        public Task ReceiveAsync(object sender, BasicDeliverEventArgs delivery)
        {
            Content = Encoding.UTF8.GetString(delivery.Body.Span);
            Volatile.Write(ref _tag, delivery.DeliveryTag);
            Arrived?.Invoke(Work.StampOf(Content));
            _delivered.Release();
            return Task.CompletedTask;
        }

        public async Task ReadyAsync(CancellationToken stop)
        {
            if (!HasTask) await _delivered.WaitAsync(stop);
        }

        public async Task<bool> AnswerAsync(Judgment judgment, CancellationToken stop)
        {
            await PublishAsync(channel, Answers, Encoding.UTF8.GetBytes(judgment.ToJson()), CancellationToken.None);
            var tag = _tag;
            Volatile.Write(ref _tag, 0);
            while (_delivered.CurrentCount > 0) await _delivered.WaitAsync(CancellationToken.None);
            await channel.BasicAckAsync(tag, multiple: false, CancellationToken.None);
            await _delivered.WaitAsync(stop);
            return true;
        }

        public async ValueTask DisposeAsync()
        {
            await channel.DisposeAsync();
            _delivered.Dispose();
        }
    }
}
