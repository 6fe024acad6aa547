// A source without models.
int main() {}
