namespace Ottla.Metadata.Records;

/// <summary>A metadata record with the version in which it goes into the log.</summary>
/// <param name="Record">One of Ottla.Protocol.MetadataRecords; not changed once it is here.</param>
/// <param name="Version">Chosen by the finalized `metadata.version`, so that every node of the cluster can read it.</param>
public sealed record VersionedRecord(object Record, short Version = 0);
