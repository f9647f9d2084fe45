using System.Collections;
using System.Reflection;
using Ottla.Broker.Tests.Nodes;
using Ottla.Protocol.Messages;
using Ottla.Protocol.Primitives;
using Ottla.Protocol.Wire;

namespace Ottla.Broker.Tests.Hostile;

/// <summary>Makes requests of every kind with one field at an edge, or several, out of nothing but their types.</summary>
/// <remarks>It knows no API: an honest request has one element in each list and names things that are there, so that the handler comes as far as the
/// field that is wrong. Fields that a version does not have are left out.</remarks>
internal sealed class RequestShapes(Topic topic)
{
    private static readonly Dictionary<Type, PropertyInfo[]> Fields = [];

    private int _correlationId;

    /// <summary>For each field of the request at the version, each of its edges.</summary>
    public IEnumerable<HostileRequest> OneFieldAtATime(ApiKey key, short version)
    {
        var type = TypeOf(key);
        var places = PlacesOf(Honest(type)).ToList();
        for (var place = 0; place < places.Count; place++)
        {
            foreach (var (name, value) in EdgeValues.Of(places[place].Field.PropertyType, places[place].Field.GetValue(places[place].Owner)))
            {
                var request = Honest(type);
                var (owner, field) = PlacesOf(request).ElementAt(place);
                field.SetValue(owner, value);
                if (Write(key, version, request, field.Name) is { } frame)
                    yield return new HostileRequest(key, version, $"{field.DeclaringType!.Name}.{field.Name} = {name}", frame);
            }
        }
    }

    /// <summary>A request with up to a handful of fields at edges.</summary>
    public HostileRequest? Random(ApiKey key, short version, Random random)
    {
        var request = Honest(TypeOf(key));
        var what = new List<string>();
        for (var changes = 1 + random.Next(4); changes > 0; changes--)
        {
            var places = PlacesOf(request).ToList();
            if (places.Count == 0) break;
            var (owner, field) = places[random.Next(places.Count)];
            var edges = EdgeValues.Of(field.PropertyType, field.GetValue(owner)).ToList();
            if (edges.Count == 0) continue;
            var (name, value) = edges[random.Next(edges.Count)];
            field.SetValue(owner, value);
            what.Add($"{field.DeclaringType!.Name}.{field.Name} = {name}");
        }

        return Write(key, version, request, null) is { } frame ? new HostileRequest(key, version, string.Join(", ", what), frame) : null;
    }

    private static Type TypeOf(ApiKey key) => typeof(ProduceRequest).Assembly.GetType($"Ottla.Protocol.Messages.{key}Request", throwOnError: true)!;

    private static PropertyInfo[] FieldsOf(Type type)
    {
        if (Fields.TryGetValue(type, out var known)) return known;
        return Fields[type] = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "UnknownTags" && p.CanWrite)];
    }

    private static IEnumerable<(object Owner, PropertyInfo Field)> PlacesOf(object structure)
    {
        foreach (var field in FieldsOf(structure.GetType()))
        {
            var value = field.GetValue(structure);
            if (!IsStructure(field.PropertyType)) yield return (structure, field);
            var inner = value is IList { Count: > 0 } list ? list[0] : value;
            if (inner is null || !IsStructure(inner.GetType())) continue;
            foreach (var place in PlacesOf(inner)) yield return place;
        }
    }

    private static bool IsStructure(Type type) => type is { IsClass: true, Namespace: "Ottla.Protocol.Messages" };

    private object Honest(Type type)
    {
        var structure = Activator.CreateInstance(type)!;
        foreach (var field in FieldsOf(type))
        {
            if (Of(field.PropertyType, field.Name) is { } value) field.SetValue(structure, value);
        }

        return structure;
    }

    /// <summary>An honest value; null where the default is one.</summary>
    private object? Of(Type type, string name)
    {
        if (type == typeof(string)) return Text(name);
        if (type == typeof(Uuid)) return name == "TopicId" ? topic.Id : null;
        if (type == typeof(Records)) return Batch.Of("hostile");
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>([0, 1]);
        if (type == typeof(short)) return name switch { "Acks" => (short)1, "ReplicationFactor" => (short)1, _ => null };
        if (type == typeof(int)) return Number(name);
        if (IsStructure(type)) return Honest(type);
        if (!typeof(IList).IsAssignableFrom(type)) return null;
        var list = (IList)Activator.CreateInstance(type)!;
        var element = type.GetGenericArguments()[0];
        list.Add(Of(element, name) ?? Activator.CreateInstance(element));
        return list;
    }

    private string Text(string name) => name switch
    {
        _ when name.Contains("Topic", StringComparison.Ordinal) || name is "Name" or "ResourceName" => topic.Name,
        _ when name.Contains("Group", StringComparison.Ordinal) => "hostile-group",
        "ProtocolType" => "consumer",
        "EntityType" => "user",
        _ => "hostile",
    };

    private static object? Number(string name) => name switch
    {
        "SessionTimeoutMs" or "RebalanceTimeoutMs" => 10_000,
        "TimeoutMs" => 1_000,
        "NumPartitions" => 1,
        "PartitionMaxBytes" or "MaxBytes" => 10_000,
        _ => null,
    };

    /// <summary>The frame; null where the version does not have the field that matters, or can't say it.</summary>
    private byte[]? Write(ApiKey key, short version, object request, string? mattering)
    {
        while (true)
        {
            try
            {
                var frame = WireClient.Frame(key, (IRequest)request, version, ++_correlationId);
                Spoil(frame);
                return frame;
            }
            catch (UnsupportedVersionException refused) when (refused.FieldName is { } left && left != mattering)
            {
                if (!LeaveOut(request, left)) return null;
            }
            catch (Exception unsayable) when (unsayable is InvalidOperationException or NullReferenceException or ArgumentNullException)
            {
                return null;
            }
        }
    }

    /// <summary>Puts bytes that are no UTF-8 in the place of the long run of those that stand for them; a single one may be part of a length.</summary>
    private static void Spoil(Span<byte> frame)
    {
        Span<byte> run = stackalloc byte[64];
        run.Fill((byte)EdgeValues.NoUtf8);
        var begin = frame.IndexOf(run);
        if (begin < 0) return;
        var length = frame[begin..].IndexOfAnyExcept((byte)EdgeValues.NoUtf8);
        (length < 0 ? frame[begin..] : frame.Slice(begin, length)).Fill(0xff);
    }

    /// <summary>Gives the field its default wherever it stands.</summary>
    private static bool LeaveOut(object request, string name)
    {
        var found = false;
        foreach (var (owner, field) in AllOf(request).Where(place => place.Field.Name == name).ToList())
        {
            var before = field.GetValue(owner);
            var after = field.GetValue(Activator.CreateInstance(owner.GetType())!);
            found |= !Equals(before, after);
            field.SetValue(owner, after);
        }

        return found;
    }

    private static IEnumerable<(object Owner, PropertyInfo Field)> AllOf(object structure)
    {
        foreach (var field in FieldsOf(structure.GetType()))
        {
            yield return (structure, field);
            IEnumerable<object?> inners = field.GetValue(structure) is IList list ? list.Cast<object?>().Take(1) : [field.GetValue(structure)];
            foreach (var inner in inners.Where(i => i is not null && IsStructure(i.GetType())))
            {
                foreach (var place in AllOf(inner!)) yield return place;
            }
        }
    }
}
