namespace Dispatch.BoardReport.Speed;

/// <summary>The other structure that was thought of: a treap with counts. Here only to be measured beside the one in use.</summary>
internal sealed class Treap<T>(int seed)
    where T : struct, IComparable<T>
{
    private readonly Random _random = new(seed);
    private Node? _root;

    public void Add(in T item)
    {
        var (left, right) = Split(_root, item);
        _root = Merge(Merge(left, new Node(item, _random.Next())), right);
    }

    public void Remove(in T item) => _root = Remove(_root, item);

    public int CountBefore(in T item)
    {
        var before = 0;
        for (var node = _root; node is not null;)
        {
            if (node.Item.CompareTo(item) < 0) (before, node) = (before + CountOf(node.Left) + 1, node.Right);
            else node = node.Left;
        }

        return before;
    }

    private static int CountOf(Node? node) => node?.Count ?? 0;

    private static Node? Remove(Node? node, in T item)
    {
        if (node is null) return null;
        var order = item.CompareTo(node.Item);
        if (order == 0) return Merge(node.Left, node.Right);
        if (order < 0) node.Left = Remove(node.Left, item);
        else node.Right = Remove(node.Right, item);
        return node.Recount();
    }

    private static (Node? Left, Node? Right) Split(Node? node, in T item)
    {
        if (node is null) return (null, null);
        if (node.Item.CompareTo(item) < 0)
        {
            (node.Right, var right) = Split(node.Right, item);
            return (node.Recount(), right);
        }

        (var left, node.Left) = Split(node.Left, item);
        return (left, node.Recount());
    }

    private static Node? Merge(Node? left, Node? right)
    {
        if (left is null || right is null) return left ?? right;
        if (left.Priority > right.Priority)
        {
            left.Right = Merge(left.Right, right);
            return left.Recount();
        }

        right.Left = Merge(left, right.Left);
        return right.Recount();
    }

    private sealed class Node(T item, int priority)
    {
        public T Item { get; } = item;

        public int Priority { get; } = priority;

        public int Count { get; private set; } = 1;

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        public Node Recount()
        {
            Count = CountOf(Left) + CountOf(Right) + 1;
            return this;
        }
    }
}
