using Ottla.Broker.Handlers;
using Ottla.Metadata.Service;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;

namespace Ottla.Broker.Cluster;

/// <summary>Hands out producer ids from blocks of a thousand that the controller gives this broker (KIP-730).</summary>
/// <remarks>Any thread. What is left of a block is lost with the process: ids are never handed out twice, and there are 2^63 of
/// them.</remarks>
internal sealed class ProducerIdBlocks(ControllerLink controller, PublishedMetadata cluster)
{
    private readonly Lock _gate = new();
    private Task<bool>? _refill;
    private long _next;
    private long _end;

    /// <summary>The next id; null where the controller gives no block now.</summary>
    public async ValueTask<ProducerId?> Next()
    {
        while (true)
        {
            Task<bool> refill;
            lock (_gate)
            {
                if (_next < _end) return new ProducerId(_next++);
                // whoever comes while a block is asked for waits for that one
                refill = _refill ??= Refill();
            }

            if (!await refill.ConfigureAwait(false)) return null;
        }
    }

    private async Task<bool> Refill()
    {
        await Task.Yield();
        try
        {
            return await Fill().ConfigureAwait(false);
        }
        finally
        {
            // whatever came of it, the next one asks anew
            lock (_gate) _refill = null;
        }
    }

    private async Task<bool> Fill()
    {
        var epoch = cluster.Image.Cluster.Broker(cluster.Self)?.Epoch ?? BrokerEpoch.None;
        var request = new AllocateProducerIdsRequest { BrokerId = cluster.Self.Value, BrokerEpoch = epoch.Value };
        var block = await controller.Ask<AllocateProducerIdsRequest, AllocateProducerIdsResponse, AllocateProducerIds>(
            request, 0, Asker.Self(nameof(AllocateProducerIds))).ConfigureAwait(false);
        lock (_gate)
        {
            if (block.ErrorCode != ErrorCode.None) return false;
            (_next, _end) = (block.ProducerIdStart, block.ProducerIdStart + block.ProducerIdLen);
            return true;
        }
    }
}
