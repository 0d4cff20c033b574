/** VitePress's own theme without its fonts, in the demo's colours. */
import { useData } from 'vitepress';
import Theme from 'vitepress/theme-without-fonts';
import { nextTick, onMounted, watch } from 'vue';
import './holdfast.css';

export default {
  extends: Theme,
  setup() {
    const { frontmatter } = useData();
    // The home page of VitePress has no main landmark; every other page has.
    const mark = async () => {
      await nextTick();
      const content = document.getElementById('VPContent');
      if (frontmatter.value.layout === 'home') content?.setAttribute('role', 'main');
      else content?.removeAttribute('role');
    };
    onMounted(mark);
    watch(frontmatter, mark);
  },
};
